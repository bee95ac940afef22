import { defineQuery, type Queryable } from '../define-query.ts';

export interface ClaimedLaneRow {
  id: string;
  tenant: string;
  flow: string;
  key: string;
  epoch: number;
}

const query = defineQuery<[kind: string, limit: number, owner: string, leaseMs: number], ClaimedLaneRow>(
  'claim-lanes',
  `with candidate as materialized (
     select id from onceover.lanes
     where kind = $1 and ready_at <= now()
     order by ready_at limit $2 for update skip locked
   )
   update onceover.lanes lane
   set owner = $3::uuid, epoch = nextval('onceover.lane_epochs'), waiting = null,
       ready_at = clock_timestamp() + make_interval(secs => $4::double precision / 1000)
   from candidate where lane.id = candidate.id
   returning lane.id, lane.tenant, lane.flow, lane.key, lane.epoch`,
);

/**
 * Leases lanes that are ready, longest ready first; a lane whose lease has run out is ready. Read their work by
 * another statement: this one's snapshot may be older than the last owner's commit.
 */
export function claimLanes(
  db: Queryable,
  claim: { kind: 'run' | 'item'; limit: number; owner: string; leaseMs: number },
): Promise<ClaimedLaneRow[]> {
  return query.rows(db, [claim.kind, claim.limit, claim.owner, claim.leaseMs]);
}
