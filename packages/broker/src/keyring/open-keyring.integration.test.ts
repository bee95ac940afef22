import { fileKeyProvider } from './file-key-provider.ts';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKeyring } from './open-keyring.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onceover-keyring-'));
});
afterAll(() => rm(folder, { recursive: true }));

const context = Buffer.from('context');

test('in development a missing keyring is made, readable by its owner alone', async () => {
  const file = join(folder, 'new', 'keyring.json');
  const keyring = await openKeyring(fileKeyProvider({ file, create: true }));
  expect(keyring.keys).toHaveLength(1);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const wrapped = keyring.wrap(Buffer.alloc(32, 7), context);
  const again = await openKeyring(fileKeyProvider({ file, create: false }));
  expect(again.unwrap(wrapped, context)).toEqual(Buffer.alloc(32, 7));
  expect(await readdir(join(folder, 'new'))).toEqual(['keyring.json']);
});

test('runners that start at once share one keyring', async () => {
  const file = join(folder, 'race', 'keyring.json');
  const rings = await Promise.all(
    Array.from({ length: 8 }, () => openKeyring(fileKeyProvider({ file, create: true }))),
  );
  expect(new Set(rings.map(({ keys }) => keys.map(({ id }) => id).join())).size).toBe(1);
});

test('in production a missing keyring is an error that says what to do', async () => {
  const file = join(folder, 'absent.json');
  await expect(openKeyring(fileKeyProvider({ file, create: false }))).rejects.toMatchObject({
    code: 'keyring_missing',
    message: expect.stringMatching(/ONCEOVER_KEYRING/),
  });
});

test.each([0o640, 0o604, 0o660, 0o644, 0o777])('a keyring of mode %o is refused', async (mode) => {
  const file = join(folder, `mode-${mode}.json`);
  await openKeyring(fileKeyProvider({ file, create: true }));
  await chmod(file, mode);
  await expect(openKeyring(fileKeyProvider({ file, create: true }))).rejects.toMatchObject({
    code: 'keyring_mode',
    message: expect.stringContaining(`chmod 600 ${file}`),
  });
});

describe('a file that is no keyring is refused without showing it', () => {
  const key = Buffer.alloc(32, 9).toString('base64');
  const entry = { id: 'a', createdAt: '2026-01-01T00:00:00Z', key };
  test.each([
    ['no JSON', `not json ${key}`],
    ['no keys', JSON.stringify({ version: 1, keys: [] })],
    ['a short key', JSON.stringify({ version: 1, keys: [{ ...entry, key: key.slice(8) }] })],
    ['two keys of one id', JSON.stringify({ version: 1, keys: [entry, entry] })],
    ['another version', JSON.stringify({ version: 2, keys: [entry] })],
  ])('%s', async (_name, content) => {
    const file = join(folder, 'broken.json');
    await writeFile(file, content, { mode: 0o600 });
    const error = await openKeyring(fileKeyProvider({ file, create: true })).catch(
      (caught: unknown) => caught as Error,
    );
    expect(error).toMatchObject({ code: 'keyring_invalid', message: expect.stringContaining(file) });
    expect(JSON.stringify(error) + (error as Error).message).not.toContain(key.slice(8));
    expect(await readFile(file, 'utf8')).toBe(content);
  });
});

test('the newest key wraps, older ones still unwrap', async () => {
  const file = join(folder, 'two.json');
  await openKeyring(fileKeyProvider({ file, create: true }));
  const content = JSON.parse(await readFile(file, 'utf8')) as { keys: object[] };
  const old = await openKeyring(fileKeyProvider({ file, create: false }));
  const wrapped = old.wrap(Buffer.alloc(32, 3), context);
  const newer = {
    id: 'newer',
    createdAt: '2099-01-01T00:00:00Z',
    key: Buffer.alloc(32, 5).toString('base64'),
  };
  await writeFile(file, JSON.stringify({ version: 1, keys: [newer, ...content.keys] }));
  const keyring = await openKeyring(fileKeyProvider({ file, create: false }));
  expect(keyring.wrap(Buffer.alloc(32), context).keyringKey).toBe('newer');
  expect(keyring.unwrap(wrapped, context)).toEqual(Buffer.alloc(32, 3));
});
