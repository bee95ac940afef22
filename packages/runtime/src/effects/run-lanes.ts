import { type JsonValue, parseJson } from '@onceover/contract';
import { claimRunLanes, extendLanes, type LaneRunRow, releaseLane, type Store } from '@onceover/store';
import type { LanePort } from '../engine/lane-engine.ts';
import type { Run } from '../events/run.ts';
import type { Clock } from '../ports.ts';

/** How often a claim looks from the beginning all the same. */
const fullLookMs = 1000;
/** How long a lane that was ready already may take to be seen: a transaction's length, generously. */
const slackMs = 5000;

/** Lanes of runs, in the database. */
export function createRunLanes(facts: {
  store: Store;
  owner: string;
  runsPerLane: number;
  clock: Clock;
}): LanePort<Run> {
  const { store, owner, runsPerLane, clock } = facts;
  let head: Date | undefined;
  let fullLookAtMs = 0;
  return {
    async claim({ limit, leaseMs }) {
      const now = clock.monotonicMs();
      const isFullLook = now >= fullLookAtMs;
      if (isFullLook) fullLookAtMs = now + fullLookMs;
      const since = isFullLook || head === undefined ? undefined : new Date(head.getTime() - slackMs);
      const { lanes, head: newHead } = await claimRunLanes(store, {
        limit,
        owner,
        leaseMs,
        runsPerLane,
        since,
      });
      head = newHead ?? head;
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
    isTimerOver: row.waiting_for === 'timer' && row.wake_in_ms !== null && row.wake_in_ms <= 0,
    failingMs: row.failing_ms,
    hasSteps: row.has_steps,
  };
}
