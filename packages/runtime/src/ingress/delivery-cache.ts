import type { JsonValue } from '@onceover/contract';

/** What was parsed of a delivery when it was accepted. */
export interface ParsedDelivery {
  items: readonly JsonValue[];
  headers: Readonly<Record<string, string>>;
}

/** Spares reading and parsing again what this runner has just accepted. Losing an entry costs time, nothing else. */
export interface DeliveryCache {
  put(id: string, delivery: ParsedDelivery): void;
  /** What it holds now; later drops do not change it: a read under way keeps what it has counted on. */
  snapshot(): ReadonlyMap<string, ParsedDelivery>;
  drop(id: string): void;
}

export function createDeliveryCache(maxEntries = 2000): DeliveryCache {
  const entries = new Map<string, ParsedDelivery>();
  return {
    put(id, delivery) {
      if (entries.size < maxEntries) entries.set(id, delivery);
    },
    snapshot: () => new Map(entries),
    drop: (id) => void entries.delete(id),
  };
}
