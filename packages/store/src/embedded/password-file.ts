import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../store-error.ts';

/** Reads the owner's password, or makes it when the data folder does not exist yet either. The file is readable by its owner alone. */
export function loadPassword(path: string, dataFolder: string): string {
  let password: string;
  try {
    password = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new StoreError('embedded_password', `The password file ${path} cannot be read by this user.`, {
        cause,
      });
    }
    if (existsSync(join(dataFolder, 'PG_VERSION'))) {
      throw new StoreError(
        'embedded_password',
        `The database in ${dataFolder} exists, but its password file ${path} is missing. Restore the file, or move the database away to start with an empty one.`,
        { cause },
      );
    }
    password = randomBytes(24).toString('base64url');
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, `${password}\n`, { mode: 0o600, flag: 'w' });
    renameSync(draft, path);
  }
  if (password.length === 0)
    throw new StoreError('embedded_password', `The password file ${path} is empty. Restore it.`);
  return password;
}

/** The password of one of the lesser logins: derived, so that there is one secret to keep. */
export function derivePassword(ownerPassword: string, login: string): string {
  return createHmac('sha256', ownerPassword).update(`onceover embedded login ${login}`).digest('base64url');
}
