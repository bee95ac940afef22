import { defineQuery, type Queryable } from '../define-query.ts';

/** The last verified delivery that a hook's reader has seen. */
export interface LastDelivery {
  at: Date;
  /** False: it came before the subscription that there is now was made. */
  isOfSubscription: boolean;
}

const query = defineQuery<[hook: string], LastDelivery>(
  'find-last-delivery',
  // A hook has a lease once a delivery was read, and each read takes it for ten seconds.
  `select read.lease_until - interval '10 seconds' as at,
     known.made_at is null or read.lease_until - interval '10 seconds' >= known.made_at as "isOfSubscription"
   from onceover.hook_leases read left join onceover.subscriptions known on known.owner = read.hook_id
   where read.hook_id = $1`,
);

/** About when a hook's last verified delivery was read; undefined when there was none. */
export function findLastDelivery(db: Queryable, hook: string): Promise<LastDelivery | undefined> {
  return query.maybeOne(db, [hook]);
}
