import type { Clock } from './ports.ts';

/**
 * Answers kept for a short while, so that the hot path does not ask the database for each call. Callers that come
 * while an answer is being fetched share it; a failure is not kept.
 */
export interface ExpiringCache<Value> {
  get(key: string, fetch: () => Promise<Value>): Promise<Value>;
  clear(): void;
}

export function createExpiringCache<Value>(options: {
  clock: Clock;
  ttlMs: number;
  maxEntries: number;
}): ExpiringCache<Value> {
  const { clock, ttlMs, maxEntries } = options;
  // A wall clock that is set back would keep answers for as long.
  const monotonicMs = () => clock.monotonicMs?.() ?? performance.now();
  const entries = new Map<string, { value: Promise<Value>; until: number }>();
  return {
    get(key, fetch) {
      const now = monotonicMs();
      const known = entries.get(key);
      if (known !== undefined && now < known.until) return known.value;
      const entry = { value: fetch(), until: now + ttlMs };
      entries.delete(key);
      entries.set(key, entry);
      entry.value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      // The oldest goes first: whoever asks for many unknown ids costs bounded memory.
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
      return entry.value;
    },
    clear: () => entries.clear(),
  };
}
