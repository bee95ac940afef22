import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery(
  'expire-overlaps',
  `update onceover.secret_rotations set revoke_at = clock_timestamp()
   where step = 'revoke' and revoke_at > clock_timestamp()`,
);

/** Lets every overlap of an old and a new secret end now, as if its time had passed. */
export async function expireOverlaps(db: Queryable): Promise<void> {
  await query.count(db, []);
}
