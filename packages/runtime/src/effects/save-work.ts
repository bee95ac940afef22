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
import type { Log } from '../ports.ts';
import { createGroupCommit } from '../engine/group-commit.ts';
import { LaneLostError } from '../engine/lane-lost-error.ts';
import { joinWrites, type TakenWrites, type WorkRows } from './lane-writes.ts';

/** How a lane is given back: ready after a while, or null: only a person moves it on. */
export interface Release {
  afterMs: number | null;
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
  maxInFlight?: number;
}): WorkSaver {
  const { store, buildLeaves, log, onFinished, maxInFlight = 2 } = ports;
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

  const commit = async (rows: ProgressRows): Promise<ReadonlySet<string>> => {
    try {
      return new Set(await withRetry(() => saveProgress(store, rows)));
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      log.warn({ err: error }, 'the connection broke while work was saved: looking whether it was');
      return commitAgain(rows);
    }
  };

  /** After a lost connection: the same statement once more, which its leaves make harmless. */
  const commitAgain = async (rows: ProgressRows): Promise<ReadonlySet<string>> => {
    const ids = (rows.leaves ?? []).map(({ id }) => id);
    const everyLane = new Set((rows.lanes ?? []).map(({ id }) => id));
    if (ids.length > 0 && (await findAuditLeaves(store, ids)).size > 0) return everyLane;
    try {
      return new Set(await saveProgress(store, rows));
    } catch (error) {
      // The first try was committed after all: its leaf is there.
      if (hasSqlState(error, '23505') && (await findAuditLeaves(store, ids)).size > 0) return everyLane;
      throw error;
    }
  };

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
