import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [hookId: string, tenant: string, owner: string, leaseMs: number, held: number | null],
  { epoch: number }
>(
  'claim-hook',
  `insert into onceover.hook_leases as lease (hook_id, tenant, owner, epoch, lease_until)
   values ($1, $2, $3, nextval('onceover.lane_epochs'), clock_timestamp() + make_interval(secs => $4::double precision / 1000))
   on conflict (hook_id) do update
   set owner = excluded.owner, epoch = case when lease.epoch = $5::bigint then lease.epoch else excluded.epoch end,
       lease_until = excluded.lease_until
   where lease.lease_until < clock_timestamp() or lease.owner = excluded.owner
   returning epoch`,
);

/**
 * Leases the reading of a hook's deliveries; undefined while another runner has it. With the epoch that the caller
 * holds it is a heartbeat: the epoch stays, as long as nobody else came between.
 */
export async function claimHook(
  db: Queryable,
  claim: { hookId: string; tenant: string; owner: string; leaseMs: number; held?: number | undefined },
): Promise<number | undefined> {
  const { hookId, tenant, owner, leaseMs, held = null } = claim;
  return (await query.maybeOne(db, [hookId, tenant, owner, leaseMs, held]))?.epoch;
}
