import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string, field: string, but: string | null]>(
  'hasten-revocations',
  `update onceover.secret_rotations set revoke_at = least(revoke_at, clock_timestamp())
   where owner = $1 and field = $2 and id is distinct from $3::uuid and step = 'revoke'`,
);

/** What earlier rotations left for an overlap is ended now. @param of.but the rotation that has taken their place */
export async function hastenRevocations(
  db: Queryable,
  { owner, field, but }: { owner: string; field: string; but: string | null },
): Promise<void> {
  await query.count(db, [owner, field, but]);
}
