import { randomBytes } from 'node:crypto';
import { OnceoverError } from '@onceover/contract';
import { findDatabaseKey, insertDatabaseKey, type Queryable } from '@onceover/store';
import type { Keyring } from '../keyring/keyring.ts';
import { lengthPrefixed } from '../vault/length-prefixed.ts';
import { keyBytes } from '../vault/seal.ts';

/** Every such key. */
export const databaseKeyNames = ['effects', 'secret-digests', 'oauth-state'] as const;

type DatabaseKeyName = (typeof databaseKeyNames)[number];

/** What a key's wrap is bound to. */
export function databaseKeyContext(name: DatabaseKeyName): Buffer {
  return lengthPrefixed(['onceover-database-key-v1', name]);
}

/** A key that is made once per database and never rotated, wrapped by the keyring. Runners that race get the same. */
export async function loadDatabaseKey(
  store: Queryable,
  keyring: Keyring,
  name: DatabaseKeyName,
): Promise<Buffer> {
  const context = databaseKeyContext(name);
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
