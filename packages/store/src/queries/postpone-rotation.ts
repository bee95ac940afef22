import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[id: string, epoch: number, afterMs: number, failure: string]>(
  'postpone-rotation',
  `update onceover.secret_rotations
   set retry_at = clock_timestamp() + make_interval(secs => $3::double precision / 1000),
     failures = failures + 1, last_failure = $4, lease_owner = null, lease_until = null
   where id = $1::uuid and epoch = $2`,
);

/** A step failed: gives the lease back, and nobody tries again before. Nothing for a lease that was lost. */
export async function postponeRotation(
  db: Queryable,
  { id, epoch, afterMs, failure }: { id: string; epoch: number; afterMs: number; failure: string },
): Promise<void> {
  await query.count(db, [id, epoch, afterMs, failure]);
}
