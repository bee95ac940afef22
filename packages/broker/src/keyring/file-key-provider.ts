import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import type { KeyProvider } from './key-provider.ts';
import { newKeyringText } from './keyring-text.ts';

/**
 * A keyring in a file that only its owner may read (0600).
 * @param options.create makes the file when there is none: in development
 */
export function fileKeyProvider(options: { file: string; create: boolean }): KeyProvider {
  const { file, create } = options;
  return {
    name: `the file ${file}`,
    async read() {
      for (;;) {
        const text = await readPrivateFile(file);
        if (text !== undefined) return text;
        if (!create) {
          throw new ConfigurationError(
            `There is no keyring at ${file}. Set ONCEOVER_KEYRING to the file that this database's secrets were stored with; a new database starts with a new one.`,
            { code: 'keyring_missing' },
          );
        }
        await createFile(file);
      }
    },
    async write(text) {
      const draft = await writeDraft(file, text);
      await rename(draft, file);
    },
  };
}

async function readPrivateFile(file: string): Promise<string | undefined> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
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
}

/** Never over another one: two runners may start at once. */
async function createFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = await writeDraft(file, newKeyringText());
  try {
    await link(draft, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}

async function writeDraft(file: string, text: string): Promise<string> {
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return draft;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
