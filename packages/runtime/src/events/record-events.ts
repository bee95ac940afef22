import { findKnownEvents, isConnectionLost, recordEvents, type Store } from '@onceover/store';
import { createNewOnlyCommit } from '../engine/commit-new.ts';
import { createGroupCommit } from '../engine/group-commit.ts';
import { commitFanOut, type CommitPorts } from './commit-fan-out.ts';
import { keyOfEvent, type NewEvent } from './event.ts';
import { type PlannedEvent, planEvent } from './fan-out.ts';

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

export interface EventRecorderPorts extends CommitPorts {
  store: Store;
  maxQueued?: number;
}

export function createEventRecorder(ports: EventRecorderPorts): EventRecorder {
  const { store, catalog, maxQueued = 20_000 } = ports;
  const commit = createNewOnlyCommit<PlannedEvent>({
    keyOf: ({ event }) => keyOfEvent(event),
    findKnown: (planned) =>
      findKnownEvents(
        store,
        planned.map(({ event: { tenant, source, id } }) => ({ tenant, source, id })),
      ),
    async store(planned) {
      await commitFanOut(planned, [], ports, async (claimer, rows) => ({
        claimed: await recordEvents(store, claimer, rows),
      }));
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
