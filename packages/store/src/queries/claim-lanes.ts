import { defineQuery, type Queryable } from '../define-query.ts';

/** A leased lane. */
export interface ClaimedLaneRow {
  id: string;
  tenant: string;
  flow: string;
  key: string;
  epoch: number;
}

/**
 * A part of a WITH clause: leases lanes that are ready, longest ready first; one whose lease has run out is ready.
 * Values: kind, limit, owner, lease in milliseconds, the instant to look from.
 *
 * A candidate that was changed after this statement's snapshot is passed over: `ctid` names its latest version, and
 * only a version that the snapshot sees is updated. So a claimed lane's runs, read by the same snapshot, are as its last
 * owner left them.
 */
export const claimingLanes = `candidate as materialized (
  select ctid as place, ready_at from onceover.lanes
  where kind = $1 and ready_at <= now() and ready_at >= $5::timestamptz
  order by ready_at limit $2 for update skip locked
),
claimed as (
  update onceover.lanes lane
  set owner = $3::uuid, epoch = nextval('onceover.lane_epochs'), waiting = null,
      ready_at = clock_timestamp() + make_interval(secs => $4::double precision / 1000)
  where lane.ctid = any (array (select place from candidate))
  returning lane.id, lane.tenant, lane.flow, lane.key, lane.epoch
)`;

const query = defineQuery<
  [kind: string, limit: number, owner: string, leaseMs: number, since: string],
  ClaimedLaneRow
>('claim-lanes', `with ${claimingLanes} select id, tenant, flow, key, epoch from claimed`);

/** Leases lanes that are ready, longest ready first. By the database's clock. */
export function claimLanes(
  db: Queryable,
  claim: { kind: 'run' | 'item'; limit: number; owner: string; leaseMs: number },
): Promise<ClaimedLaneRow[]> {
  return query.rows(db, [claim.kind, claim.limit, claim.owner, claim.leaseMs, '-infinity']);
}
