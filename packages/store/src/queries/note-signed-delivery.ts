import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string, field: string, version: number]>(
  'note-signed-delivery',
  `update onceover.secret_rotations set seen_at = clock_timestamp(), waiting_for = null
   where owner = $1 and field = $2 and version = $3 and step in ('set', 'test') and seen_at is null`,
);

/** A delivery was signed with this pending version. False when that is known, or no rotation waits for it. */
export async function noteSignedDelivery(
  db: Queryable,
  { owner, field, version }: { owner: string; field: string; version: number },
): Promise<boolean> {
  return (await query.count(db, [owner, field, version])) === 1;
}
