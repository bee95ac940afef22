import type { JsonValue } from '@onceover/contract';

/** What was parsed of a delivery when it was accepted. */
export interface ParsedDelivery {
  items: readonly JsonValue[];
  headers: Readonly<Record<string, string>>;
}

/** Spares reading and parsing again what this runner has just accepted. Losing an entry costs time, nothing else. */
export interface DeliveryCache {
  put(id: string, delivery: ParsedDelivery): void;
  /** Takes the entry out. */
  take(id: string): ParsedDelivery | undefined;
  ids(): string[];
  drop(id: string): void;
}

export function createDeliveryCache(maxEntries = 2000): DeliveryCache {
  const entries = new Map<string, ParsedDelivery>();
  return {
    put(id, delivery) {
      if (entries.size < maxEntries) entries.set(id, delivery);
    },
    take(id) {
      const found = entries.get(id);
      entries.delete(id);
      return found;
    },
    ids: () => [...entries.keys()],
    drop: (id) => void entries.delete(id),
  };
}
