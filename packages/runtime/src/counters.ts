import { addToCounters, countEverything, type CountRow, type Store } from '@onceover/store';
import type { Log } from './ports.ts';

/** Adds to a counter of a tenant. */
export type CountUp = (tenant: string, name: CounterName, label: string, by?: number) => void;

/** What is counted as it happens, because no table tells it. */
export type CounterName = 'received' | 'deduplicated' | 'rejected';

export interface Counters {
  countUp: CountUp;
  /** Of all tenants together, in a fixed order. */
  read(): Promise<{ name: string; label: string; value: number }[]>;
  /** Stores what was counted since the last time. */
  flush(): Promise<void>;
}

const order = ['received', 'rejected', 'deduplicated', 'items', 'quarantine', 'events', 'runs', 'effects'];

/** Counts in memory and adds to the database now and then: what a killed runner counted last is lost, and nothing else. */
export function createCounters({
  store,
  shown,
  log,
}: {
  store: Store;
  /** Where whole tables are counted. */
  shown: Store;
  log: Log;
}): Counters {
  let added = new Map<string, CountRow>();
  let flushing: Promise<void> = Promise.resolve();
  const countUp: CountUp = (tenant, name, label, by = 1) => {
    const key = `${tenant} ${name} ${label}`;
    const row = added.get(key);
    if (row === undefined) added.set(key, { tenant, name, label, value: by });
    else row.value += by;
  };
  const flushNow = async () => {
    if (added.size === 0) return;
    const rows = [...added.values()];
    added = new Map();
    try {
      await addToCounters(store, rows);
    } catch (error) {
      log.warn({ err: error }, 'counters could not be stored; they are kept for the next time');
      for (const { tenant, name, label, value } of rows) countUp(tenant, name as CounterName, label, value);
    }
  };
  const flush = () => {
    flushing = flushing.then(flushNow);
    return flushing;
  };
  return {
    countUp,
    flush,
    async read() {
      await flush();
      const totals = new Map<string, { name: string; label: string; value: number }>();
      for (const { name, label, value } of await countEverything(shown)) {
        const key = `${String(order.indexOf(name)).padStart(2, '0')} ${label}`;
        const total = totals.get(key) ?? { name, label, value: 0 };
        total.value += value;
        totals.set(key, total);
      }
      return [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => total);
    },
  };
}
