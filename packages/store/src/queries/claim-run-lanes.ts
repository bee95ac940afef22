import { defineQuery, type Queryable } from '../define-query.ts';
import { type ClaimedLaneRow, claimingLanes } from './claim-lanes.ts';

/** A run that waits its turn, with its event. */
export interface LaneRunRow {
  id: string;
  flow: string;
  flow_version: number;
  key: string;
  /** Milliseconds until it may go on; negative when it may. */
  wake_in_ms: number | null;
  waiting_for: string | null;
  failing_ms: number;
  attempts: number;
  /** Whether steps were begun. */
  has_steps: boolean;
  upcast: string | null;
  event_id: string;
  event_source: string;
  event_type: string;
  event_subject: string | null;
  event_time: Date;
  event_data: string;
}

/** A leased lane with the runs that stand in it, in order. */
export interface ClaimedRunLane {
  lane: ClaimedLaneRow;
  runs: LaneRunRow[];
}

interface Row extends LaneRunRow {
  lane_id: string;
  tenant: string;
  lane_flow: string;
  lane_key: string;
  epoch: number;
  head: Date;
}

const query = defineQuery<
  [kind: string, limit: number, owner: string, leaseMs: number, since: Date | string, runsPerLane: number],
  Row & { id: string | null }
>(
  'claim-run-lanes',
  `with ${claimingLanes}
   select claimed.id as lane_id, claimed.tenant, claimed.flow as lane_flow, claimed.key as lane_key, claimed.epoch,
          (select min(ready_at) from candidate) as head,
          run.id, run.flow, run.flow_version, run.key, run.attempts, run.upcast, run.wake_in_ms, run.waiting_for,
          run.failing_ms, run.has_steps, event.id as event_id, event.source as event_source, event.type as event_type,
          event.subject as event_subject, event.time as event_time, event.data as event_data
   from claimed
   left join lateral (
     select id, seq, event_seq, flow, flow_version, key, attempts, upcast, waiting_for, failing_ms,
            extract(epoch from wake_at - now())::double precision * 1000 as wake_in_ms,
            exists (select from onceover.steps where run_id = runs.id)
              or exists (select from onceover.effects where run_id = runs.id) as has_steps
     from onceover.runs
     where lane_id = claimed.id and finished_at = 'infinity'
     order by seq limit $6
   ) run on true
   left join lateral (
     select id, source, type, subject, time, data from onceover.events
     where tenant = claimed.tenant and seq = run.event_seq limit 1
   ) event on true
   order by run.seq`,
);

/**
 * Leases lanes of runs that are ready, longest ready first, each with its next runs. By the database's clock.
 *
 * `since` spares a walk over index entries of lanes that are long done: what became ready earlier is passed over. Look
 * from the beginning now and then.
 * @returns also `head`, when the first of them became ready
 */
export async function claimRunLanes(
  db: Queryable,
  claim: { limit: number; owner: string; leaseMs: number; runsPerLane: number; since?: Date | undefined },
): Promise<{ lanes: ClaimedRunLane[]; head: Date | undefined }> {
  const { limit, owner, leaseMs, runsPerLane, since = '-infinity' } = claim;
  const lanes = new Map<string, ClaimedRunLane>();
  let head: Date | undefined;
  for (const row of await query.rows(db, ['run', limit, owner, leaseMs, since, runsPerLane])) {
    const { lane_id: id, tenant, lane_flow: flow, lane_key: key, epoch } = row;
    const claimed = lanes.get(id) ?? { lane: { id, tenant, flow, key, epoch }, runs: [] };
    lanes.set(id, claimed);
    head ??= row.head;
    if (row.id !== null) claimed.runs.push(row);
  }
  return { lanes: [...lanes.values()], head };
}
