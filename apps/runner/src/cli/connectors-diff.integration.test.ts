import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestChange } from '@onceover/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workspaceFolder } from '../package-folder.ts';
import { type TemporaryFolder, writeFiles } from '../testing/write-files.ts';
import { createProgram } from './main.ts';

const released = join(workspaceFolder() ?? '', 'connectors', 'stripe', 'dist', 'manifest.json');
let files: TemporaryFolder;

beforeAll(async () => {
  const manifest = JSON.parse(await readFile(released, 'utf8')) as {
    egress: string[];
    operations: { name: string; writes?: string[] }[];
  };
  const wider = structuredClone(manifest);
  wider.egress.push('https://files.stripe.com');
  wider.operations.find(({ name }) => name === 'refunds.create')?.writes?.push('DELETE /v1/customers/{id}');
  files = await writeFiles({
    'wider.json': JSON.stringify(wider),
    'none.json': '{"id":"stripe"}',
    'broken.json': '{',
  });
});
afterAll(() => files[Symbol.asyncDispose]());

async function diff(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const environment = () => expect.fail('it needs no environment');
  await createProgram({ environment, print, printError: print }).parseAsync([
    'node',
    'onceover',
    'connectors',
    'diff',
    ...args,
  ]);
  return lines.join('\n');
}

test('connectors diff: one version and itself do not differ', async () => {
  expect(await diff('stripe', released)).toBe('The manifests of stripe do not differ.');
});

test('connectors diff: what a wider version may do more is told, line by line', async () => {
  const text = await diff('stripe', join(files.path, 'wider.json'));
  expect(text).toMatch(/wider +host +\/egress +host added: https:\/\/files\.stripe\.com/);
  expect(text).toMatch(/wider +call +\/operations\/refunds\.create +write of refunds\.create added: DELETE/);
  expect(text).toMatch(/It may do more than before.*Next version: minor\.$/);
  const back = await diff(join(files.path, 'wider.json'), 'stripe');
  expect(back).toMatch(/It may do no more than before\. Next version: patch\.$/);
});

test('connectors diff: --json is for a program', async () => {
  const answer = JSON.parse(await diff('stripe', join(files.path, 'wider.json'), '--json')) as {
    widens: boolean;
    bump: string;
    changes: ManifestChange[];
  };
  expect(answer).toMatchObject({ connector: 'stripe', widens: true, bump: 'minor' });
  expect(answer.changes.map(({ area }) => area)).toEqual(['host', 'call']);
});

test('connectors diff: what is no manifest is refused with its file', async () => {
  await expect(diff('stripe', 'nothing-there')).rejects.toThrow(/no connector "nothing-there"/);
  await expect(diff('stripe', join(files.path, 'missing.json'))).rejects.toThrow(
    /missing\.json cannot be read/,
  );
  await expect(diff('stripe', join(files.path, 'broken.json'))).rejects.toThrow(
    /broken\.json is no manifest/,
  );
  await expect(diff('stripe', join(files.path, 'none.json'))).rejects.toThrow(/\/specVersion/);
  await expect(diff('stripe', 'hubspot')).rejects.toThrow(/two connectors/);
});
