import {
  type CallGateRow,
  closeBreaker,
  listCallGates,
  openBreaker,
  pauseCalls,
  type Store,
} from '@onceover/store';
import type { Log } from '../ports.ts';
import type { GateLimits } from './gate-limits.ts';

/** What holds a connection's calls back. Times are of this process's clock that only goes forward. */
export interface HeldConnection {
  tenant: string;
  /** By the name of a budget; the empty one holds all calls. */
  pauses: Map<string, { until: number; code: string }>;
  /** Null: its breaker is closed. */
  openUntil: number | null;
  /** Another call is the probe, or was when this process asked. */
  probedUntil: number;
}

/**
 * Pauses and breakers of all runners, as this process knows them. What it changes itself shows at once; what others
 * changed, when it looks again: at most once in `viewMs`, and only while calls are made.
 */
export interface GateView {
  /** A promise when what is known is too old to go by. */
  ready(): Promise<void> | undefined;
  find(connection: string): HeldConnection | undefined;
  pause(pause: { connection: string; tenant: string; calls: string; afterMs: number; code: string }): void;
  /** @param opening.probe the probe that failed; null when calls did */
  open(opening: { connection: string; tenant: string; probe: string | null }): void;
  close(connection: string, probe: string): void;
  /** Resolves when what was changed is stored. */
  settled(): Promise<void>;
}

interface Entry extends HeldConnection {
  /** When this process changed it last; for ever while something of it is being stored. */
  changedAt: number;
  storing: number;
}

/** Before any time of a clock whose zero is anywhere. */
const never = Number.NEGATIVE_INFINITY;

export function createGateView(options: {
  store: Store;
  log: Log;
  monotonicMs: () => number;
  random: () => number;
  limits: GateLimits;
}): GateView {
  const { store, log, monotonicMs, random, limits } = options;
  const entries = new Map<string, Entry>();
  const storing = new Set<Promise<void>>();
  let readAt = never;
  let reading: Promise<void> | undefined;

  const entryOf = (connection: string, tenant: string): Entry => {
    const known = entries.get(connection);
    if (known !== undefined) return known;
    const fresh = {
      tenant,
      pauses: new Map(),
      openUntil: null,
      probedUntil: never,
      changedAt: never,
      storing: 0,
    };
    entries.set(connection, fresh);
    return fresh;
  };

  const apply = (rows: readonly CallGateRow[], startedAt: number) => {
    const byConnection = Map.groupBy(rows, ({ connection }) => connection);
    for (const [connection, { changedAt }] of entries) {
      if (changedAt < startedAt && !byConnection.has(connection)) entries.delete(connection);
    }
    const nowMs = monotonicMs();
    for (const [connection, gates] of byConnection) {
      const before = entries.get(connection);
      if (before !== undefined && before.changedAt >= startedAt) continue;
      const entry: Entry = {
        tenant: gates[0]?.tenant ?? '',
        pauses: new Map(),
        openUntil: null,
        probedUntil: before?.probedUntil ?? never,
        changedAt: never,
        storing: 0,
      };
      for (const { calls, pausedMs, pauseCode, openMs } of gates) {
        if (pausedMs !== null) entry.pauses.set(calls, { until: nowMs + pausedMs, code: pauseCode ?? '' });
        if (openMs !== null) entry.openUntil = nowMs + openMs;
      }
      entries.set(connection, entry);
    }
  };

  const readNow = async (startedAt: number): Promise<void> => {
    try {
      apply(await listCallGates(store), startedAt);
      readAt = startedAt;
    } catch (error) {
      log.warn({ err: error }, 'what holds calls back could not be read');
    }
  };

  const read = (): Promise<void> => {
    if (reading !== undefined) return reading;
    const startedAt = monotonicMs();
    const look = readNow(startedAt).finally(() => {
      reading = undefined;
    });
    reading = look;
    return look;
  };

  /** What is changed counts at once, and no look that began before it was stored takes it back. */
  const change = (entry: Entry, work: () => Promise<void>) => {
    entry.changedAt = Number.POSITIVE_INFINITY;
    entry.storing += 1;
    const stored: Promise<void> = work()
      .catch((error: unknown) => log.warn({ err: error }, 'what holds calls back could not be stored'))
      .finally(() => {
        entry.storing -= 1;
        if (entry.storing === 0) entry.changedAt = monotonicMs();
        storing.delete(stored);
      });
    storing.add(stored);
  };

  return {
    ready() {
      const age = monotonicMs() - readAt;
      if (age < limits.viewMs) return undefined;
      const look = read();
      return age < 5 * limits.viewMs ? undefined : look;
    },
    find: (connection) => entries.get(connection),
    pause({ connection, tenant, calls, afterMs, code }) {
      const entry = entryOf(connection, tenant);
      const nowMs = monotonicMs();
      const until = nowMs + afterMs;
      const before = entry.pauses.get(calls)?.until ?? nowMs;
      // Not for a moment more: many answers of one burst say the same.
      if (until <= before + Math.min(250, afterMs / 4)) return;
      entry.pauses.set(calls, { until, code });
      change(entry, () => pauseCalls(store, { connection, calls, tenant, afterMs, code }));
    },
    open({ connection, tenant, probe }) {
      const entry = entryOf(connection, tenant);
      entry.openUntil = monotonicMs() + limits.breakerBaseMs;
      const { breakerBaseMs: baseMs, breakerCapMs: capMs } = limits;
      change(entry, async () => {
        const opened = await openBreaker(store, {
          connection,
          tenant,
          baseMs,
          capMs,
          jitter: random(),
          probe,
        });
        if (opened !== undefined) entry.openUntil = monotonicMs() + opened.openMs;
        // Another runner opened it first: its time holds.
        else readAt = never;
      });
    },
    close(connection, probe) {
      const entry = entries.get(connection);
      if (entry === undefined) return;
      entry.openUntil = null;
      change(entry, async () => {
        if (!(await closeBreaker(store, { connection, probe }))) readAt = never;
      });
    },
    async settled() {
      await Promise.all(storing);
      await reading;
    },
  };
}
