import { findKnownEvents, isConnectionLost, recordEvents, type Store, withRetry } from '@onceover/store';
import type { Change, LeafRows } from '../audit/build-leaves.ts';
import { createNewOnlyCommit } from '../engine/commit-new.ts';
import { createGroupCommit } from '../engine/group-commit.ts';
import { keyOfEvent, type NewEvent } from './event.ts';
import { fanOutRows, type FanOutPorts, type PlannedEvent, planEvent } from './fan-out.ts';

export interface EventRecorder {
  /**
   * Records events with their runs, all or nothing, together with what others record at this time.
   * @returns for each event whether it was known already
   * @throws {QueueFullError}
   */
  record(events: readonly NewEvent[]): Promise<readonly boolean[]>;
  /** Events that wait. */
  readonly size: number;
}

export interface EventRecorderPorts extends FanOutPorts {
  store: Store;
  buildLeaves: (changes: readonly Change[]) => LeafRows;
  /** Told after each commit that made runs. */
  onRuns: () => void;
  maxQueued?: number;
}

export function createEventRecorder(ports: EventRecorderPorts): EventRecorder {
  const { store, catalog, buildLeaves, onRuns, maxQueued = 20_000 } = ports;
  const commit = createNewOnlyCommit<PlannedEvent>({
    keyOf: ({ event }) => keyOfEvent(event),
    findKnown: (planned) =>
      findKnownEvents(
        store,
        planned.map(({ event: { tenant, source, id } }) => ({ tenant, source, id })),
      ),
    async store(planned) {
      const { rows, changes } = fanOutRows(planned, ports);
      const leaves = buildLeaves(changes);
      await withRetry(() => recordEvents(store, { ...rows, ...leaves }));
      if (rows.lanes.length > 0) onRuns();
    },
  });
  const group = createGroupCommit<readonly PlannedEvent[], readonly boolean[]>({
    maxQueued,
    maxBatch: 200,
    shouldIsolate: (error) => !isConnectionLost(error),
    async flush(entries) {
      const isKnown = await commit(entries.flat());
      let at = 0;
      return entries.map((entry) => isKnown.slice(at, (at += entry.length)));
    },
  });
  return {
    async record(events) {
      const planned = await Promise.all(events.map((event) => planEvent(event, catalog)));
      return group.add(planned);
    },
    get size() {
      return group.size;
    },
  };
}
