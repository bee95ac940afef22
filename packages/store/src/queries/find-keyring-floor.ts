import { defineQuery, type Queryable } from '../define-query.ts';

export interface KeyringFloorRow {
  keyringKey: string;
  keyCreatedAt: Date;
}

const query = defineQuery<[], KeyringFloorRow>(
  'find-keyring-floor',
  `select keyring_key as "keyringKey", key_created_at as "keyCreatedAt" from onceover.keyring_floor`,
);

/** The newest key of a keyring that this database has seen; undefined in a new database. */
export function findKeyringFloor(db: Queryable): Promise<KeyringFloorRow | undefined> {
  return query.maybeOne(db, []);
}
