import { defineQuery, type Queryable } from '../define-query.ts';

export interface DatabaseKeyRow {
  name: string;
  keyringKey: string;
  wrappedKey: Buffer;
}

const insert = defineQuery<[name: string, keyringKey: string, wrappedKey: Buffer]>(
  'insert-database-key',
  `insert into onceover.database_keys (name, keyring_key, wrapped_key) values ($1, $2, $3)
   on conflict (name) do nothing`,
);

/** Stores a key that the database does not have yet. Whoever comes second changes nothing: read it afterwards. */
export async function insertDatabaseKey(db: Queryable, row: DatabaseKeyRow): Promise<void> {
  await insert.count(db, [row.name, row.keyringKey, row.wrappedKey]);
}
