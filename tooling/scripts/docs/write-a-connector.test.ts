import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pageFiles } from './page-files.ts';

const root = join(import.meta.dirname, '../../..');
let folder: string;

/** The package that the page builds, as an author would have it after the last block. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onceover-write-a-connector-'));
  const page = readFileSync(join(root, 'docs/write-a-connector.md'), 'utf8');
  for (const { path, text } of pageFiles(page)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const options = { typeRoots: [join(root, 'node_modules/@types')] };
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: options,
    include: ['src', '*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  // A connector of the workspace has the same dependencies.
  symlinkSync(join(root, 'connectors/zendesk/node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number;
  output: string;
}

function run(program: string, args: readonly string[]): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const { PATH, HOME } = process.env;
  execFile(
    process.execPath,
    [join(root, 'node_modules', program), ...args],
    // Nothing of this test run's own environment: what is started is a test run, too.
    { cwd: folder, env: { PATH, HOME }, maxBuffer: 64 * 1024 * 1024 },
    (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      resolve({ code, output: `${stdout}${stderr}` });
    },
  );
  return promise;
}

test('the connector of the page compiles', { timeout: 300_000 }, async () => {
  expect(await run('typescript/bin/tsc', ['--noEmit'])).toEqual({ code: 0, output: '' });
});

test('the connector of the page passes the conformance suite', { timeout: 300_000 }, async () => {
  const report = join(folder, 'report.json');
  const { code, output } = await run('vitest/vitest.mjs', [
    'run',
    '--reporter=json',
    `--outputFile=${report}`,
  ]);
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  // vitest's own report: these two fields have been in it since the first version.
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<
    string,
    number
  >;
  expect(numFailedTests).toBe(0);
  expect(numPassedTests).toBeGreaterThan(100);
});
