import { defineQuery, type Queryable } from '../define-query.ts';
import type { KeyringFloorRow } from './find-keyring-floor.ts';

const query = defineQuery<[keyringKey: string, keyCreatedAt: Date]>(
  'raise-keyring-floor',
  `insert into onceover.keyring_floor as floor (keyring_key, key_created_at) values ($1, $2)
   on conflict (only_row) do update
   set keyring_key = excluded.keyring_key, key_created_at = excluded.key_created_at, raised_at = now()
   where excluded.key_created_at > floor.key_created_at`,
);

/** Remembers a key as the newest, unless a newer one was seen. @returns whether it rose */
export async function raiseKeyringFloor(db: Queryable, key: KeyringFloorRow): Promise<boolean> {
  return (await query.count(db, [key.keyringKey, key.keyCreatedAt])) > 0;
}
