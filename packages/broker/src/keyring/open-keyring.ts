import { randomBytes } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';
import { keyBytes } from '../vault/seal.ts';
import { createKeyring, type Keyring } from './keyring.ts';

const keyringFileSchema = z.strictObject({
  version: z.literal(1),
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9-]{1,64}$/),
        createdAt: z.iso.datetime(),
        key: z.base64().refine((text) => Buffer.from(text, 'base64').length === keyBytes),
      }),
    )
    .min(1)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length),
});

/**
 * Reads the keyring's file, which only its owner may read (0600).
 * @param options.create makes the file when there is none: in development
 * @throws {ConfigurationError} `keyring_missing`, `keyring_mode`, `keyring_invalid`; never with what the file holds
 */
export async function openKeyring(options: { file: string; create: boolean }): Promise<Keyring> {
  const { file, create } = options;
  const text = await readPrivateFile(file, create);
  const parsed = keyringFileSchema.safeParse(parse(text));
  if (!parsed.success) {
    throw new ConfigurationError(
      `The keyring ${file} cannot be read as one. It is JSON: {"version":1,"keys":[{"id","createdAt","key"}]}, ids unique, each key 32 bytes in base64. Restore it from its backup.`,
      { code: 'keyring_invalid' },
    );
  }
  return createKeyring(
    parsed.data.keys.map(({ id, createdAt, key }) => ({
      id,
      createdAt: new Date(createdAt),
      key: Buffer.from(key, 'base64'),
    })),
  );
}

async function readPrivateFile(file: string, create: boolean): Promise<string> {
  for (;;) {
    try {
      const handle = await open(file, 'r');
      try {
        const { mode } = await handle.stat();
        if ((mode & 0o077) !== 0) {
          throw new ConfigurationError(
            `The keyring ${file} can be read by others (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 ${file}`,
            { code: 'keyring_mode' },
          );
        }
        return await handle.readFile('utf8');
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
      if (!create) {
        throw new ConfigurationError(
          `There is no keyring at ${file}. Set ONCEOVER_KEYRING to the file that this database's secrets were stored with; a new database starts with a new one.`,
          { code: 'keyring_missing' },
        );
      }
      await createFile(file);
    }
  }
}

/** Whole or not at all, and never over another one: two runners may start at once. */
async function createFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  const content: z.input<typeof keyringFileSchema> = {
    version: 1,
    keys: [
      {
        id: `key-${randomBytes(4).toString('hex')}`,
        createdAt: new Date().toISOString(),
        key: randomBytes(keyBytes).toString('base64'),
      },
    ],
  };
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
