import type { JsonValue } from '@onceover/contract';
import type { Clock } from '../ports.ts';

/** What was parsed of a delivery when it was accepted. */
export interface ParsedDelivery {
  items: readonly JsonValue[];
  headers: Readonly<Record<string, string>>;
}

/**
 * Spares reading and parsing again what this runner has just accepted. Losing an entry costs time, nothing else: what
 * another runner reads, or what nobody comes to in time, is let go.
 */
export interface DeliveryCache {
  /** `bytes`: of the delivery's body. */
  put(hookId: string, id: string, delivery: ParsedDelivery, bytes: number): void;
  /**
   * The oldest of what it holds of a hook; later drops do not change it: a read under way keeps what it has counted on.
   */
  snapshot(hookId: string, limit: number): ReadonlyMap<string, ParsedDelivery>;
  drop(hookId: string, id: string): void;
  /** Another runner reads this hook. */
  dropHook(hookId: string): void;
}

interface Entry {
  delivery: ParsedDelivery;
  weight: number;
  untilMs: number;
}

/** What parsed JSON takes of memory, for each byte of its text; and an entry by itself. */
const parsedFactor = 4;
const entryBytes = 1024;
/** How often entries that are too old are looked for. */
const sweepMs = 1000;

export function createDeliveryCache(options: {
  clock: Pick<Clock, 'monotonicMs'>;
  maxBytes?: number;
  maxAgeMs?: number;
}): DeliveryCache {
  const { clock, maxBytes = 64 * 1024 * 1024, maxAgeMs = 30_000 } = options;
  const hooks = new Map<string, Map<string, Entry>>();
  let weight = 0;
  let sweepAtMs = 0;

  const drop = (hookId: string, id: string): void => {
    const entries = hooks.get(hookId);
    const entry = entries?.get(id);
    if (entries === undefined || entry === undefined) return;
    entries.delete(id);
    weight -= entry.weight;
    if (entries.size === 0) hooks.delete(hookId);
  };
  const sweep = (now: number): void => {
    if (now < sweepAtMs) return;
    sweepAtMs = now + sweepMs;
    for (const [hookId, entries] of hooks) {
      for (const [id, { untilMs }] of entries) {
        // In the order in which they came.
        if (untilMs > now) break;
        drop(hookId, id);
      }
    }
  };
  return {
    put(hookId, id, delivery, bytes) {
      const now = clock.monotonicMs();
      sweep(now);
      const entries = hooks.get(hookId) ?? new Map<string, Entry>();
      const own = entryBytes + bytes * parsedFactor;
      if (weight + own > maxBytes || entries.has(id)) return;
      hooks.set(hookId, entries.set(id, { delivery, weight: own, untilMs: now + maxAgeMs }));
      weight += own;
    },
    snapshot(hookId, limit) {
      const entries = hooks.get(hookId)?.entries().take(limit) ?? [];
      return new Map([...entries].map(([id, { delivery }]) => [id, delivery]));
    },
    drop,
    dropHook(hookId) {
      for (const id of hooks.get(hookId)?.keys() ?? []) drop(hookId, id);
    },
  };
}
