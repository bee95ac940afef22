import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { lengthPrefixed } from '../vault/length-prefixed.ts';

/** Hex SHA-256 over the names and contents of all files below a folder, in the order of their names. */
export async function integrityOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, name: relative(folder, file).split(sep).join('/') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const link = entries.find((entry) => entry.isSymbolicLink());
  if (link !== undefined) {
    throw new ConfigurationError(
      `${join(link.parentPath, link.name)} is a symbolic link: what it leads to can change unseen. Replace it with the file.`,
      { code: 'connector_invalid' },
    );
  }
  const total = createHash('sha256');
  for (const { file, name } of files) {
    const content = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    total.update(lengthPrefixed([name, content]));
  }
  return total.digest('hex');
}
