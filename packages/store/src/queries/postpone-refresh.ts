import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[connection: string, epoch: number, afterMs: number, failure: string]>(
  'postpone-refresh',
  `update onceover.connection_grants
   set retry_at = clock_timestamp() + make_interval(secs => $3::double precision / 1000),
     failures = failures + 1, last_failure = $4, lease_owner = null, lease_until = null
   where connection = $1 and epoch = $2`,
);

/** The token endpoint had trouble: gives the lease back, and nobody asks again before. Nothing for a lease that was lost. */
export async function postponeRefresh(
  db: Queryable,
  {
    connection,
    epoch,
    afterMs,
    failure,
  }: { connection: string; epoch: number; afterMs: number; failure: string },
): Promise<boolean> {
  return (await query.count(db, [connection, epoch, afterMs, failure])) === 1;
}
