import { findKnownEvents, isConnectionLost, isRefuted, recordEvents, type Store } from '@onceover/store';
import type { Change, LeafRows } from '../audit/build-leaves.ts';
import { createGroupCommit } from '../engine/group-commit.ts';
import type { NewEvent } from './event.ts';
import { fanOutRows, type FanOutPorts, type PlannedEvent, planEvent } from './fan-out.ts';

export interface EventRecorder {
  /**
   * Records events with their runs, all or nothing, together with what others record at this time.
   * @returns for each event whether it was known already
   */
  record(events: readonly NewEvent[]): Promise<readonly boolean[]>;
  /** Events that wait. */
  readonly size: number;
}

export interface EventRecorderPorts extends FanOutPorts {
  store: Store;
  buildLeaves: (changes: readonly Change[]) => LeafRows;
  /** Told after each commit that made runs. */
  onRecorded: (counts: { events: number; runs: number }) => void;
  maxQueued?: number;
}

/** After a duplicate, as many groups look for known events first: duplicates come in swarms. */
const wary = 20;

export function createEventRecorder(ports: EventRecorderPorts): EventRecorder {
  const { store, catalog, buildLeaves, onRecorded, maxQueued = 20_000 } = ports;
  let groupsToCheck = 0;
  const group = createGroupCommit<readonly PlannedEvent[], readonly boolean[]>({
    maxQueued,
    maxBatch: 200,
    shouldIsolate: (error) => !isConnectionLost(error),
    async flush(entries) {
      const all = entries.flat();
      const isKnown = await commit(all);
      let at = 0;
      return entries.map((entry) => isKnown.slice(at, (at += entry.length)));
    },
  });

  /** Stores what is new. What two groups bring at the same time is known to one of them. */
  const commit = async (planned: readonly PlannedEvent[]): Promise<readonly boolean[]> => {
    const seen = new Set<string>();
    const isRepeated = planned.map(({ event }) => {
      const key = JSON.stringify([event.tenant, event.source, event.id]);
      return seen.size === seen.add(key).size;
    });
    for (let attempt = 1; ; attempt += 1) {
      const isKnown = groupsToCheck > 0 || attempt > 1 ? await known(planned) : planned.map(() => false);
      groupsToCheck = Math.max(0, groupsToCheck - 1);
      const fresh = planned.filter((_, index) => isKnown[index] === false && isRepeated[index] === false);
      try {
        if (fresh.length > 0) await storeNew(fresh);
        return planned.map((_, index) => isKnown[index] === true || isRepeated[index] === true);
      } catch (error) {
        if (!isRefuted(error) || attempt >= 5) throw error;
        groupsToCheck = wary;
      }
    }
  };
  const known = async (planned: readonly PlannedEvent[]) => {
    const found = await findKnownEvents(
      store,
      planned.map(({ event: { tenant, source, id } }) => ({ tenant, source, id })),
    );
    return planned.map((_, index) => found.has(index));
  };
  const storeNew = async (planned: readonly PlannedEvent[]) => {
    const { rows, changes } = fanOutRows(planned, ports);
    await recordEvents(store, { ...rows, ...buildLeaves(changes) });
    onRecorded({ events: rows.events.length, runs: rows.lanes.length });
  };

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
