import { defineQuery, type Queryable } from '../define-query.ts';

/** A subscription as it is known, under the lease that was taken with it. */
export interface ClaimedSubscriptionRow {
  epoch: number;
  /** What the vendor has; null: nothing that we know of. */
  vendorId: string | null;
  url: string | null;
  /** When it was made or taken over. */
  madeAt: Date | null;
  /** Of a creation that is under way or was lost. */
  intendedUrl: string | null;
  generation: number;
  failures: number;
  /** The database's time. */
  now: Date;
}

const query = defineQuery<
  [owner: string, tenant: string, leaseOwner: string, leaseMs: number],
  ClaimedSubscriptionRow
>(
  'claim-subscription',
  `insert into onceover.subscriptions as one (owner, tenant, epoch, lease_owner, lease_until)
   values ($1, $2, 1, $3::uuid, clock_timestamp() + make_interval(secs => $4::double precision / 1000))
   on conflict (owner) do update set epoch = one.epoch + 1, lease_owner = excluded.lease_owner,
     lease_until = clock_timestamp() + make_interval(secs => $4::double precision / 1000)
   where one.lease_until is null or one.lease_until <= clock_timestamp()
   returning epoch, vendor_id as "vendorId", url, made_at as "madeAt", intended_url as "intendedUrl", generation, failures,
     clock_timestamp() as now`,
);

/**
 * Takes the lease under which one runner alone speaks with the vendor about a subscription. Undefined when somebody
 * else has it.
 */
export function claimSubscription(
  db: Queryable,
  claim: { owner: string; tenant: string; leaseOwner: string; leaseMs: number },
): Promise<ClaimedSubscriptionRow | undefined> {
  return query.maybeOne(db, [claim.owner, claim.tenant, claim.leaseOwner, claim.leaseMs]);
}
