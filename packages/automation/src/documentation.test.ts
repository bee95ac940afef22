import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/**
 * The TypeScript blocks of a page, each a file beside the others: a block whose first line is `// name.ts` is
 * called that, so that the next may import it.
 */
async function blocksOf(page: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = '']) => code);
  const folder = join(import.meta.dirname, 'pages', page.replaceAll(/[^a-z]/g, '-'));
  return new Map(
    blocks.map((code, index) => {
      const name = /^\/\/ ([a-z.-]+\.ts)\n/.exec(code)?.[1] ?? `block-${index + 1}.ts`;
      return [join(folder, name), code];
    }),
  );
}

/** What the compiler says of them, with the workspace's own options. */
function problemsOf(blocks: ReadonlyMap<string, string>): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile: readSource, getSourceFile, directoryExists } = host;
  host.fileExists = (file) => blocks.has(file) || fileExists(file);
  host.readFile = (file) => blocks.get(file) ?? readSource(file);
  host.directoryExists = (folder) =>
    [...blocks.keys()].some((file) => file.startsWith(folder)) || directoryExists?.(folder) === true;
  host.getSourceFile = (file, version, ...rest) => {
    const code = blocks.get(file);
    return code === undefined
      ? getSourceFile(file, version, ...rest)
      : ts.createSourceFile(file, code, version);
  };
  const program = ts.createProgram([...blocks.keys()], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

test('the code of the pages for authors compiles', { timeout: 120_000 }, async () => {
  const pages = ['docs/write-a-flow.md', 'packages/automation/README.md', 'packages/contract/README.md'];
  const blocks = await Promise.all(pages.map(blocksOf));
  expect(blocks.map(({ size }) => size > 0)).toEqual([true, true, true]);
  expect(problemsOf(new Map(blocks.flatMap((page) => [...page])))).toEqual([]);
});
