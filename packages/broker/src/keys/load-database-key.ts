import { randomBytes } from 'node:crypto';
import { OnceoverError } from '@onceover/contract';
import { findDatabaseKey, insertDatabaseKey, type Queryable } from '@onceover/store';
import type { Keyring } from '../keyring/keyring.ts';
import { lengthPrefixed } from '../vault/length-prefixed.ts';
import { keyBytes } from '../vault/seal.ts';

/** A key that is made once per database and never rotated, wrapped by the keyring. Runners that race get the same. */
export async function loadDatabaseKey(
  store: Queryable,
  keyring: Keyring,
  name: 'effects' | 'secret-digests' | 'oauth-state',
): Promise<Buffer> {
  const context = lengthPrefixed(['onceover-database-key-v1', name]);
  let row = await findDatabaseKey(store, name);
  if (row === undefined) {
    await insertDatabaseKey(store, { name, ...keyring.wrap(randomBytes(keyBytes), context) });
    row = await findDatabaseKey(store, name);
  }
  if (row === undefined) {
    throw new OnceoverError(`The database lost its key "${name}" while it was being made`, {
      code: 'database_key',
    });
  }
  return keyring.unwrap(row, context);
}
