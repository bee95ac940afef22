import { defineQuery, type Queryable } from '../define-query.ts';
import type { WrappedSecretRow } from './list-wrapped-secrets.ts';

interface NewWrap {
  keyringKey: string;
  wrappedKey: Buffer;
}

const secret = defineQuery<
  [owner: string, field: string, version: number, before: Buffer, keyringKey: string, wrappedKey: Buffer]
>(
  'set-wrapped-key',
  `update onceover.secret_versions set keyring_key = $5, wrapped_key = $6
   where owner = $1 and field = $2 and version = $3 and wrapped_key = $4`,
);

const databaseKey = defineQuery<[name: string, before: Buffer, keyringKey: string, wrappedKey: Buffer]>(
  'set-wrapped-database-key',
  `update onceover.database_keys set keyring_key = $3, wrapped_key = $4 where name = $1 and wrapped_key = $2`,
);

/** Puts the same data key in another wrap. @returns false when somebody else did, or it is gone */
export async function setWrappedKey(db: Queryable, row: WrappedSecretRow, next: NewWrap): Promise<boolean> {
  const { id, field, version, wrappedKey } = row;
  return (await secret.count(db, [id, field, version, wrappedKey, next.keyringKey, next.wrappedKey])) > 0;
}

/** The same for one of the database's own keys. */
export async function setWrappedDatabaseKey(
  db: Queryable,
  row: { name: string; wrappedKey: Buffer },
  next: NewWrap,
): Promise<boolean> {
  return (await databaseKey.count(db, [row.name, row.wrappedKey, next.keyringKey, next.wrappedKey])) > 0;
}
