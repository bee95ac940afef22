import { defineQuery, type Queryable } from '../define-query.ts';

/** How much a key of the keyring wraps. */
export interface KeyringUseRow {
  keyringKey: string;
  secrets: number;
  databaseKeys: number;
}

const query = defineQuery<[], KeyringUseRow>(
  'count-keyring-use',
  `select keyring_key as "keyringKey", sum(secret)::integer as secrets, sum(database_key)::integer as "databaseKeys"
   from (
     select keyring_key, 1 as secret, 0 as database_key from onceover.secret_versions
     union all
     select keyring_key, 0, 1 from onceover.database_keys
   ) used
   group by keyring_key order by keyring_key`,
);

/** What each key of the keyring still wraps. */
export function countKeyringUse(db: Queryable): Promise<KeyringUseRow[]> {
  return query.rows(db, []);
}
