import { defineQuery, type Queryable } from '../define-query.ts';
import type { DatabaseKeyRow } from './insert-database-key.ts';

const query = defineQuery<[name: string], DatabaseKeyRow>(
  'find-database-key',
  `select name, keyring_key as "keyringKey", wrapped_key as "wrappedKey" from onceover.database_keys where name = $1`,
);

export async function findDatabaseKey(db: Queryable, name: string): Promise<DatabaseKeyRow | undefined> {
  return query.maybeOne(db, [name]);
}
