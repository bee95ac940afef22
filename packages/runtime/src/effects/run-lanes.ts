import { type JsonValue, parseJson } from '@onceover/contract';
import { claimRunLanes, extendLanes, type LaneRunRow, releaseLane, type Store } from '@onceover/store';
import type { LanePort } from '../engine/lane-engine.ts';
import type { Run } from '../events/run.ts';

/** Lanes of runs, in the database. */
export function createRunLanes(facts: { store: Store; owner: string; runsPerLane: number }): LanePort<Run> {
  const { store, owner, runsPerLane } = facts;
  return {
    async claim({ limit, leaseMs }) {
      const lanes = await claimRunLanes(store, { limit, owner, leaseMs, runsPerLane });
      return lanes.map(({ lane, runs }) => ({ ...lane, work: runs.map((row) => runOf(row, lane.tenant)) }));
    },
    async extend(lanes, leaseMs) {
      return new Set((await extendLanes(store, lanes, leaseMs)).map(({ id }) => id));
    },
    release: ({ id, epoch }, afterMs) => releaseLane(store, { id, epoch, afterMs }),
  };
}

function runOf(row: LaneRunRow, tenant: string): Run {
  // Type and data of the flow's own version, where an upcast changed them: written by us as this shape.
  const upcast =
    row.upcast === null ? null : (parseJson(row.upcast) as unknown as { type: string; data: JsonValue });
  return {
    id: row.id,
    tenant,
    flow: row.flow,
    flowVersion: row.flow_version,
    key: row.key,
    event: {
      id: row.event_id,
      source: row.event_source,
      type: upcast?.type ?? row.event_type,
      time: row.event_time.toISOString(),
      ...(row.event_subject === null ? {} : { subject: row.event_subject }),
      data: upcast?.data ?? parseJson(row.event_data),
    },
    attempts: row.attempts,
    wakeInMs: row.wake_in_ms,
    hasSteps: row.has_steps,
  };
}
