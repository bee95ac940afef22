import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { lengthPrefixed } from '../vault/length-prefixed.ts';

/** The content of a folder, in a form that tells what has changed in it. */
export interface HashedFiles {
  /** Absolute. */
  folder: string;
  /** SHA-256 for what was built here, SHA-512 for what came from elsewhere. */
  algorithm: FileHash;
  /** Hex hash of each file's content, by its name below the folder with `/`. */
  hashes: Readonly<Record<string, string>>;
}

export type FileHash = 'sha256' | 'sha512';

/** Many files are read at once, but never all of a large tree. */
const readAtOnce = 32;

/**
 * Hashes all files below a folder.
 * @throws {ConfigurationError} `connector_invalid` for a symbolic link
 */
export async function hashFiles(folder: string, algorithm: FileHash = 'sha256'): Promise<HashedFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const link = entries.find((entry) => entry.isSymbolicLink());
  if (link !== undefined) {
    throw new ConfigurationError(
      `${join(link.parentPath, link.name)} is a symbolic link: what it leads to can change unseen. Replace it with the file.`,
      { code: 'connector_invalid' },
    );
  }
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort(byName);
  const hashes: [string, string][] = [];
  for (let start = 0; start < names.length; start += readAtOnce) {
    const some = names.slice(start, start + readAtOnce).map(async (name): Promise<[string, string]> => {
      const content = await readFile(join(folder, name));
      return [name, createHash(algorithm).update(content).digest('hex')];
    });
    hashes.push(...(await Promise.all(some)));
  }
  return { folder, algorithm, hashes: Object.fromEntries(hashes) };
}

/**
 * One value for names and contents, in the order of the names: hex SHA-256 of built files, `sha512-` and base64 of
 * installed ones.
 */
export function integrityOf({ algorithm, hashes }: Omit<HashedFiles, 'folder'>): string {
  const total = createHash(algorithm);
  for (const [name, hash] of Object.entries(hashes).sort(([a], [b]) => byName(a, b))) {
    total.update(lengthPrefixed([name, hash]));
  }
  return algorithm === 'sha256' ? total.digest('hex') : `sha512-${total.digest('base64')}`;
}

/** The first file in which two states of a folder differ, and how; undefined when they are the same. */
export function changedFile(
  before: HashedFiles['hashes'],
  after: HashedFiles['hashes'],
): { name: string; change: 'has changed' | 'is missing' | 'was added' } | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byName);
  const name = names.find((one) => before[one] !== after[one]);
  if (name === undefined) return undefined;
  if (after[name] === undefined) return { name, change: 'is missing' };
  return { name, change: before[name] === undefined ? 'was added' : 'has changed' };
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}
