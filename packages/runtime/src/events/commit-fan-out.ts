import { type LaneClaimer, type NewLaneRow, withRetry } from '@onceover/store';
import type { Change, LeafRows } from '../audit/build-leaves.ts';
import type { ClaimedLane, LaneTaker } from '../engine/lane-engine.ts';
import type { Clock } from '../ports.ts';
import { type FanOut, fanOutRows, type FanOutPorts, type PlannedEvent } from './fan-out.ts';
import type { Run } from './run.ts';

export interface CommitPorts extends FanOutPorts {
  clock: Clock;
  buildLeaves: (changes: readonly Change[]) => LeafRows;
  /** Takes lanes that begin leased: the runs go on from memory, without a claim. */
  lanes: LaneTaker<Run>;
  owner: string;
  leaseMs: number;
  /** Told after a commit that left runs to be claimed. */
  onRuns: () => void;
}

/**
 * Commits events with their runs, and what else belongs to the transaction. New lanes begin leased by this runner as far
 * as it has places free.
 */
export async function commitFanOut<Result extends { claimed: readonly NewLaneRow[] }>(
  planned: readonly PlannedEvent[],
  changes: readonly Change[],
  ports: CommitPorts,
  store: (claimer: LaneClaimer, rows: FanOut['rows'] & LeafRows) => Promise<Result>,
): Promise<Result> {
  const { lanes, owner, leaseMs, clock } = ports;
  const { rows, changes: own, work } = fanOutRows(planned, ports);
  const leaves = ports.buildLeaves([...changes, ...own]);
  const reserved = lanes.reserve(rows.lanes.length);
  const laneRows = rows.lanes.map((lane, index) => ({ ...lane, claims: index < reserved }));
  const startedMs = clock.monotonicMs();
  let taken: ClaimedLane<Run>[] = [];
  try {
    const claimer = { lane_owner: owner, lane_lease_ms: leaseMs };
    const result = await withRetry(() => store(claimer, { ...rows, lanes: laneRows, ...leaves }));
    const byId = new Map(laneRows.map((lane) => [lane.id, lane]));
    taken = result.claimed.flatMap(({ id, epoch }) => {
      const lane = byId.get(id);
      return lane === undefined ? [] : [{ ...lane, epoch, work: work.get(id) ?? [] }];
    });
    if (taken.length < laneRows.length) ports.onRuns();
    return result;
  } finally {
    lanes.take(reserved, taken, startedMs);
  }
}
