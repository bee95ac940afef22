import { setTimeout as pause } from 'node:timers/promises';
import {
  findAuditLeaves,
  hasSqlState,
  isConnectionLost,
  isRefuted,
  type ProgressRows,
  saveProgress,
  type Store,
  withRetry,
} from '@onceover/store';
import type { Change, LeafRows } from '../audit/build-leaves.ts';
import type { Clock, Log } from '../ports.ts';
import { isPassing } from '../events/storage-errors.ts';
import { createGroupCommit } from '../engine/group-commit.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import { joinWrites, type TakenWrites, type WorkRows } from './lane-writes.ts';

/** How a lane is given back: ready after a while, or at an instant; null for both: only a person moves it on. */
export interface Release {
  afterMs: number | null;
  until?: Date;
  waiting: 'retry' | 'timer' | 'outcome' | 'held' | 'flow' | null;
}

export interface WorkSaver {
  /**
   * Stores what was gathered, together with what other workers save at this time. Resolves when it is durable.
   * @returns whether the lane was given back with work left
   * @throws {LaneLostError} when the lane is not held any more: nothing was stored
   */
  save(lane: { id: string; epoch: number }, writes: TakenWrites, release: Release | null): Promise<boolean>;
}

/** How long a save waits for a database that is away: a lane's lease is hardly longer. */
const patienceMs = 5000;

interface Entry extends TakenWrites {
  lane: { id: string; epoch: number };
  release: Release | null;
}

/** One group commit for everything that workers write: intents, outcomes, finished runs, released lanes. */
export function createWorkSaver(ports: {
  store: Store;
  buildLeaves: (changes: readonly Change[]) => LeafRows;
  log: Log;
  /** Told how many runs ended, when that is durable. */
  onFinished: (runs: number) => void;
  clock: Clock;
  maxInFlight?: number;
}): WorkSaver {
  const { store, buildLeaves, log, onFinished, clock, maxInFlight = 2 } = ports;
  const group = createGroupCommit<Entry, boolean>({
    maxInFlight,
    shouldIsolate: (error) => !isConnectionLost(error),
    async flush(entries) {
      const leaves = buildLeaves(entries.flatMap(({ changes }) => changes));
      const left = await commit({ ...merge(entries), ...leaves });
      onFinished(entries.reduce((sum, { finishedRuns }) => sum + finishedRuns, 0));
      return entries.map(({ lane }) => left.has(lane.id));
    },
  });

  /** The same statement again for a while, when the database was away or refused the moment: its leaves make that harmless. */
  const commit = async (rows: ProgressRows): Promise<ReadonlySet<string>> => {
    const everyLane = new Set((rows.lanes ?? []).map(({ id }) => id));
    const giveUpAtMs = clock.monotonicMs() + patienceMs;
    // After a lost connection it may have been committed all the same: then its leaf is there.
    let mayBeThere = false;
    for (let pauseMs = 25; ; pauseMs = Math.min(500, pauseMs * 2)) {
      try {
        if (mayBeThere && (await isThere(rows))) return everyLane;
        return new Set(await withRetry(() => saveProgress(store, rows)));
      } catch (error) {
        if (mayBeThere && hasSqlState(error, '23505') && (await isThere(rows))) return everyLane;
        const isLost = isConnectionLost(error);
        mayBeThere ||= isLost;
        if (!(isLost || isPassing(error)) || clock.monotonicMs() >= giveUpAtMs) throw error;
        log.warn({ err: error }, 'work could not be saved; it is tried again');
        await pause(pauseMs, undefined, { ref: false });
      }
    }
  };
  const isThere = async ({ leaves = [] }: ProgressRows): Promise<boolean> =>
    leaves.length > 0 &&
    (
      await findAuditLeaves(
        store,
        leaves.map(({ id }) => id),
      )
    ).size > 0;

  return {
    async save(lane, writes, release) {
      try {
        return await group.add({ lane, ...writes, release });
      } catch (error) {
        if (isRefuted(error)) throw new LaneLostError();
        throw error;
      }
    },
  };
}

function merge(entries: readonly Entry[]): ProgressRows {
  const { rows } = joinWrites(entries);
  return {
    ...rows,
    links: latest(rows.links),
    lanes: entries.map(({ lane, finishedRuns, release }) => ({
      id: lane.id,
      epoch: lane.epoch,
      finished: finishedRuns,
      release: release !== null,
      ready_after_ms: release?.afterMs ?? null,
      ready_at: release?.until ?? null,
      waiting: release?.waiting ?? null,
    })),
  };
}

/** Two lanes may write one link in a group: a statement changes a row once. */
function latest(links: WorkRows['links']): WorkRows['links'] {
  const byKey = new Map(
    links.map((link) => [
      JSON.stringify([link.tenant, link.connection, link.resource, link.natural_key]),
      link,
    ]),
  );
  return [...byKey.values()];
}
