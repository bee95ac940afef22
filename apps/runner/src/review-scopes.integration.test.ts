import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { workspaceFolder } from './package-folder.ts';
import { runCli } from './testing/cli-process.ts';
import { writeConnectorFolder } from './testing/source-connectors.ts';
import { startExample, startTestRunner } from './testing/start-test-runner.ts';
import { writeFiles } from './testing/write-files.ts';

/** What a reviewer sees, by the commands of docs/review-scopes.md as they stand there. */
const shown: Readonly<Record<string, RegExp>> = {
  'connectors list': /hubspot +0\.2\.0 +held +crm +inline/,
  'connectors scopes hubspot --unused-days 90': /crm\.objects\.contacts\.write[^]*never used/,
  'connectors diff hubspot ./somewhere/hubspot-next': /wider +host[^]*It may do more than before/,
  'connectors release hubspot 0.2.0 --reason "companies are synced from now on"': /is released/,
  'connections list': /crm +hubspot[^]*tests/,
  'connections reassign crm --owner revenue-operations': /revenue-operations/,
};

async function commandsOfThePage(): Promise<string[]> {
  const page = await readFile(join(workspaceFolder() ?? '', 'docs', 'review-scopes.md'), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.trim().split('\n')).map((line) => line.replace('npx onceover ', ''));
}

/** The words of a command as a shell makes them. */
const wordsOf = (command: string) =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

test('review-scopes: every command of the page runs, in its order, and shows what the page says', async () => {
  await using example = await startExample();
  await using database = await createTestDatabase();
  await using place = await writeFiles({});
  const next = await writeConnectorFolder('hubspot', {
    manifest: (manifest) => ({
      ...manifest,
      egress: [...(manifest['egress'] as string[]), 'https://api-eu1.hubapi.com'],
    }),
  });
  const packageFile = join(next, 'package.json');
  const content = JSON.parse(await readFile(packageFile, 'utf8')) as object;
  await writeFile(packageFile, JSON.stringify({ ...content, version: '0.2.0' }));
  await mkdir(join(place.path, 'somewhere'));
  await cp(next, join(place.path, 'somewhere', 'hubspot-next'), { recursive: true });
  await using ended = new AsyncDisposableStack();
  ended.defer(() => rm(next, { recursive: true }));

  const { config } = example;
  const options = { database, dataDir: place.path };
  const before = await startTestRunner({ ...options, config });
  await before.stop();
  await using runner = await startTestRunner({
    ...options,
    config: { ...config, connectors: [...config.connectors, next] },
  });
  const commands = await commandsOfThePage();
  expect(commands).toEqual(Object.keys(shown));
  for (const command of commands) {
    const { code, stdout, stderr } = await runCli(wordsOf(command), {
      variables: { ONCEOVER_URL: runner.url },
      cwd: place.path,
    });
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
    expect(stdout).toMatch(shown[command] ?? 'a command of the page that is not looked at');
  }
});
