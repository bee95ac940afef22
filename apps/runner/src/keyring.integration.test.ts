import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from './cli/main.ts';
import { readEnvironment } from './environment.ts';
import { packageFolder } from './package-folder.ts';
import { ask } from './testing/ask.ts';
import { type Example, startExample, startTestRunner, type TestRunner } from './testing/start-test-runner.ts';

let example: Example;
let runner: TestRunner;
beforeAll(async () => {
  example = await startExample();
  runner = await startTestRunner({ config: example.config });
});
afterAll(async () => {
  await runner?.stop();
  await example?.stop();
});

async function cli(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const environment = () => readEnvironment({ ONCEOVER_URL: runner.url }, packageFolder());
  await createProgram({ environment, print, printError: print }).parseAsync(['node', 'onceover', ...args]);
  return lines.join('\n');
}

interface Listed {
  provider: string;
  keys: { id: string; isNewest: boolean; secrets: number; databaseKeys: number }[];
}

test('keyring: list, add, rewrap: the new key wraps everything, and the old one may go', async () => {
  const before = JSON.parse(await cli('keyring', 'list', '--json')) as Listed;
  expect(before.provider).toMatch(/^the file .*keyring\.json$/);
  const secrets = before.keys[0]?.secrets ?? 0;
  expect(before.keys).toMatchObject([{ isNewest: true, databaseKeys: 3 }]);
  expect(secrets).toBeGreaterThanOrEqual(6);

  expect(await cli('keyring', 'add')).toMatch(/^key-[0-9a-f]{8} wraps new secrets now\. Back the keyring up/);
  expect(await cli('keyring', 'list')).toMatch(new RegExp(`in use +${secrets} +3\n.* wraps +0 +0$`));

  const told = await cli('keyring', 'rewrap', '--batch', '2');
  expect(told).toMatch(/^5 wrapped with key-[0-9a-f]{8}, \d+ left\n/);
  expect(told).toMatch(new RegExp(`wraps everything; ${secrets + 3} were wrapped anew\\.$`));
  const after = JSON.parse(await cli('keyring', 'list', '--json')) as Listed;
  expect(after.keys).toMatchObject([
    { isNewest: false, secrets: 0, databaseKeys: 0 },
    { isNewest: true, secrets, databaseKeys: 3 },
  ]);
  expect(await cli('keyring', 'list')).toMatch(/ may go +0 +0\n/);
  expect(await cli('keyring', 'rewrap')).toMatch(/; 0 were wrapped anew\.$/);
});

test('keyring: a batch that is none is refused, and changes nothing', async () => {
  await expect(cli('keyring', 'rewrap', '--batch', '0')).rejects.toThrow(/400/);
  const response = await ask(`${runner.url}/v1/keyring/rewrap?limit=x`, { method: 'POST' });
  expect(response.status).toBe(400);
});
