import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { createProgram } from './cli/main.ts';
import { readEnvironment } from './environment.ts';
import { packageFolder, workspaceFolder } from './package-folder.ts';
import { ask, problemOf } from './testing/ask.ts';
import { startTestRunner } from './testing/start-test-runner.ts';
import { writeFiles } from './testing/write-files.ts';

/** The built connector under another version, with one host more. */
async function widerStripe(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onceover-stripe-'));
  await cp(join(workspaceFolder() ?? '', 'connectors', 'stripe'), folder, {
    recursive: true,
    filter: (file) => !/node_modules|\.turbo/.test(file),
  });
  const change = async (file: string, edit: (content: Record<string, unknown>) => object) => {
    const content = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, unknown>;
    await writeFile(join(folder, file), JSON.stringify(edit(content)));
  };
  await change('package.json', (content) => ({ ...content, version: '99.0.0' }));
  await change('dist/manifest.json', (content) => ({
    ...content,
    egress: [...(content['egress'] as string[]), 'https://files.stripe.com'],
  }));
  return folder;
}

test('connectors release: a wider version is held and said so; released, with its reason, it is used', async () => {
  const wider = await widerStripe();
  await using database = await createTestDatabase();
  await using data = await writeFiles({});
  const options = { database, dataDir: data.path };
  const first = await startTestRunner({ ...options, config: { connectors: ['stripe'], connections: [] } });
  await first.stop();
  await using second = await startTestRunner({
    ...options,
    config: { connectors: ['stripe', wider], connections: [] },
  });
  const cli = async (...args: string[]) => {
    const lines: string[] = [];
    const print = (line: string) => lines.push(line);
    const environment = () => readEnvironment({ ONCEOVER_URL: second.url }, packageFolder());
    await createProgram({ environment, print, printError: print }).parseAsync(['node', 'onceover', ...args]);
    return lines.join('\n');
  };
  expect(second.logged()).toMatch(/a version of a connector is held: it may do more .*files\.stripe\.com/);
  expect(await cli('connectors', 'list')).toMatch(/stripe +99\.0\.0 +held /);
  expect(await cli('connectors', 'release', 'stripe', '99.0.0', '--reason', 'receipts')).toMatch(
    /is released/,
  );
  expect(await cli('connectors', 'list')).toMatch(/stripe +99\.0\.0 +released /);
  const { items } = (await ask(`${second.url}/v1/connectors/stripe/versions`)).json as { items: object[] };
  expect(items).toMatchObject([
    { version: '99.0.0', state: 'released', reason: 'receipts', decidedBy: 'administrator' },
    { state: 'released', reason: 'the first version', decidedBy: 'runner' },
  ]);
  await expect(cli('connectors', 'release', 'stripe', '99.0.0', '--reason', 'again')).rejects.toThrow(/409/);
  const unknown = await ask(`${second.url}/v1/connectors/stripe/versions/1/release`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"reason":"x"}',
  });
  expect(problemOf(unknown)).toMatchObject({ status: 404, code: 'connector_version_unknown' });
  await rm(wider, { recursive: true });
});
