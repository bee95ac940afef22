import { type ErrorData, stringifyJson } from '@onceover/contract';
import { findKnownEvents, isConnectionLost, isRefuted, settleItems, type Store } from '@onceover/store';
import type { Change } from '../audit/build-leaves.ts';
import { createGroupCommit } from '../engine/group-commit.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import { commitFanOut, type CommitPorts } from '../events/commit-fan-out.ts';
import { keyOfEvent } from '../events/event.ts';
import type { PlannedEvent } from '../events/fan-out.ts';
import type { QuarantinedRow } from '../quarantine/quarantined.ts';
import type { WaitingItem } from './item-lanes.ts';

/** What became of an item in a lane. */
export interface SettledItem {
  item: WaitingItem;
  status: 'pending' | 'done' | 'echo' | 'quarantined' | 'dead';
  attempts: number;
  error: ErrorData | null;
  events: readonly PlannedEvent[];
  quarantined: readonly QuarantinedRow[];
  changes: readonly Change[];
}

export interface ItemSettler {
  /**
   * Stores what became of a lane's items and gives the lane back.
   * @returns whether it has work left
   * @throws {LaneLostError} when the lane is not held any more: nothing was stored
   */
  settle(
    lane: { id: string; epoch: number },
    items: readonly SettledItem[],
    afterMs: number,
  ): Promise<boolean>;
}

interface Entry {
  lane: { id: string; epoch: number };
  items: readonly SettledItem[];
  afterMs: number;
}

export function createItemSettler(ports: CommitPorts & { store: Store }): ItemSettler {
  const { store } = ports;
  const group = createGroupCommit<Entry, boolean>({
    shouldIsolate: (error) => !isConnectionLost(error),
    async flush(entries) {
      const left = await commit(entries, await knownEvents(entries));
      return entries.map(({ lane }) => left.has(lane.id));
    },
  });

  const knownEvents = async (entries: readonly Entry[]): Promise<ReadonlySet<string>> => {
    const events = entries.flatMap(({ items }) =>
      items.flatMap((item) => item.events.map(({ event }) => event)),
    );
    if (events.length === 0) return new Set();
    const known = await findKnownEvents(
      store,
      events.map(({ tenant, source, id }) => ({ tenant, source, id })),
    );
    return new Set(events.filter((_, index) => known.has(index)).map(keyOfEvent));
  };

  const commit = async (
    entries: readonly Entry[],
    known: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> => {
    const seen = new Set(known);
    const planned = entries
      .flatMap(({ items }) => items.flatMap(({ events }) => events))
      .filter(({ event }) => seen.size !== seen.add(keyOfEvent(event)).size);
    const items = entries.flatMap((entry) => entry.items);
    const settled = {
      held_lanes: entries.map((entry) => ({
        id: entry.lane.id,
        epoch: entry.lane.epoch,
        finished: entry.items.filter(({ status }) => status !== 'pending').length,
        ready_after_ms: Math.ceil(entry.afterMs),
      })),
      settled: items.map(settledRow),
      quarantined: items.flatMap(({ quarantined }) => quarantined),
    };
    const changes = items.flatMap((item) => item.changes);
    const { left } = await commitFanOut(planned, changes, ports, (claimer, rows) =>
      settleItems(store, claimer, { ...settled, ...rows }),
    );
    return new Set(left);
  };

  return {
    async settle(lane, items, afterMs) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await group.add({ lane, items, afterMs });
        } catch (error) {
          if (!isRefuted(error)) throw error;
          // Somebody brought one of its events meanwhile: look again.
          const isKnown = error instanceof Error && error.message === 'event_known';
          if (!isKnown || attempt >= 5) throw new LaneLostError();
        }
      }
    },
  };
}

function settledRow({ item, status, attempts, error }: SettledItem) {
  return {
    connection: item.connection,
    trigger: item.trigger,
    key: item.key,
    status,
    attempts,
    error: error === null ? null : stringifyJson(error),
  };
}
