import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [
    owner: string,
    epoch: number,
    nextCheckMs: number,
    failure: string | null,
    version: string,
    url: string | null,
  ]
>(
  'release-subscription',
  `update onceover.subscriptions
   set lease_owner = null, lease_until = null, checked_at = clock_timestamp(), checked_version = $5, checked_url = $6,
     next_check_at = clock_timestamp() + make_interval(secs => $3::double precision / 1000),
     failures = case when $4::text is null then 0 else failures + 1 end, last_failure = $4
   where owner = $1 and epoch = $2`,
);

/** Gives the lease back with what came of it. Nothing for a lease that was lost. */
export async function releaseSubscription(
  db: Queryable,
  release: {
    owner: string;
    epoch: number;
    /** When somebody should look again. */
    nextCheckMs: number;
    failure: string | null;
    /** Of the connector. */
    version: string;
    url: string | null;
  },
): Promise<void> {
  const { owner, epoch, nextCheckMs, failure, version, url } = release;
  await query.count(db, [owner, epoch, nextCheckMs, failure, version, url]);
}
