import type { JsonValue } from '@onceover/contract';

/** What was parsed of a delivery when it was accepted. */
export interface ParsedDelivery {
  items: readonly JsonValue[];
  headers: Readonly<Record<string, string>>;
}

/** Spares reading and parsing again what this runner has just accepted. Losing an entry costs time, nothing else. */
export interface DeliveryCache {
  put(hookId: string, id: string, delivery: ParsedDelivery): void;
  /**
   * The oldest of what it holds of a hook; later drops do not change it: a read under way keeps what it has counted on.
   */
  snapshot(hookId: string, limit: number): ReadonlyMap<string, ParsedDelivery>;
  drop(hookId: string, id: string): void;
}

export function createDeliveryCache(maxEntries = 2000): DeliveryCache {
  const hooks = new Map<string, Map<string, ParsedDelivery>>();
  let size = 0;
  return {
    put(hookId, id, delivery) {
      const entries = hooks.get(hookId) ?? new Map<string, ParsedDelivery>();
      if (size >= maxEntries || entries.has(id)) return;
      hooks.set(hookId, entries.set(id, delivery));
      size += 1;
    },
    snapshot: (hookId, limit) => new Map(hooks.get(hookId)?.entries().take(limit)),
    drop(hookId, id) {
      const entries = hooks.get(hookId);
      if (entries?.delete(id) !== true) return;
      size -= 1;
      if (entries.size === 0) hooks.delete(hookId);
    },
  };
}
