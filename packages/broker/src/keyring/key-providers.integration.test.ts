import { readFile, stat } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandKeyProvider } from './command-key-provider.ts';
import { fileKeyProvider } from './file-key-provider.ts';
import { textKeyProvider } from './key-provider.ts';
import { newKeyringText } from './keyring-text.ts';
import { addKey, openKeyring } from './open-keyring.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onceover-keyring-'));
});
afterAll(() => rm(folder, { recursive: true }));

const context = Buffer.from('context');
const dataKey = Buffer.alloc(32, 7);
const node = (code: string, env = {}) => commandKeyProvider({ command: [process.execPath, '-e', code], env });

test('file: a key that is added is the newest, at once for whoever looks again, and the old ones stay', async () => {
  const provider = fileKeyProvider({ file: join(folder, 'grows.json'), create: true });
  const early = await openKeyring(provider);
  const old = early.wrap(dataKey, context);
  const ids = [await addKey(provider), await addKey(provider), await addKey(provider)];
  expect(await early.refresh()).toBe(true);
  expect(early.keys.map(({ id }) => id)).toEqual([old.keyringKey, ...ids]);
  expect(early.wrap(dataKey, context).keyringKey).toBe(ids.at(-1));
  expect(early.unwrap(old, context)).toEqual(dataKey);
  expect(await early.refresh()).toBe(false);
  expect((await stat(join(folder, 'grows.json'))).mode & 0o777).toBe(0o600);
});

test('environment: the variable holds the keyring; the runner cannot add to it, and says what to do', async () => {
  const provider = textKeyProvider({ variable: 'MY_KEYRING', text: newKeyringText() });
  const keyring = await openKeyring(provider);
  expect(keyring.unwrap(keyring.wrap(dataKey, context), context)).toEqual(dataKey);
  await expect(addKey(provider)).rejects.toMatchObject({
    code: 'keyring_read_only',
    message: expect.stringMatching(/the variable MY_KEYRING.*createdAt/),
  });
});

test('command: what it prints is the keyring, read anew at each look; it sees its own environment alone', async () => {
  const file = join(folder, 'served.json');
  const served = fileKeyProvider({ file, create: true });
  const first = await openKeyring(served);
  const provider = node('process.stdout.write(require("fs").readFileSync(process.env.KEYS, "utf8"))', {
    KEYS: file,
  });
  const keyring = await openKeyring(provider);
  expect(keyring.keys).toEqual(first.keys);
  const added = await addKey(served);
  expect(await keyring.refresh()).toBe(true);
  expect(keyring.keys.at(-1)?.id).toBe(added);
  const names = node('console.log(Object.keys(process.env).join())', { ONLY: 'this' });
  expect((await names.read()).trim()).toBe('ONLY');
});

test('command: what goes wrong is told with what to do, and never with what it printed', async () => {
  const secret = 'c2VjcmV0LWtleS1tYXRlcmlhbA==';
  const cases = [
    [node(`console.log('${secret}'); console.error('${secret}'); process.exit(3)`), /ended with 3/],
    [node(`console.log('${secret}')`), /cannot be read as one/],
    [commandKeyProvider({ command: [join(folder, 'nowhere')], env: {} }), /was not found/],
    [
      node(`process.stdout.write('x'.repeat(2 * 1024 * 1024))`),
      /ended with ERR_CHILD_PROCESS_STDIO_MAXBUFFER/,
    ],
  ] as const;
  for (const [provider, reason] of cases) {
    const error = await openKeyring(provider).catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ message: expect.stringMatching(reason) });
    expect(JSON.stringify([error, (error as Error).stack, (error as Error).cause])).not.toContain(secret);
  }
});

test('no shell reads the command', async () => {
  const file = join(folder, 'touched');
  const provider = commandKeyProvider({ command: [process.execPath, '-e', '1', `; touch ${file}`], env: {} });
  await provider.read();
  await expect(readFile(file)).rejects.toThrow(/ENOENT/);
});
