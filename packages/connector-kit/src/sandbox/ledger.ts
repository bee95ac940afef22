import type { JsonValue } from '@onceover/contract';

/** What a sandbox's vendor did to one record. `unchanged` is a write that changed nothing. */
export interface LedgerEffect {
  /** The vendor's collection, named as the domain names it without its domain: `contacts`, `refunds`. */
  resource: string;
  /** The record's business key in canonical form. */
  naturalKey: string;
  vendorId: string;
  action: 'created' | 'updated' | 'unchanged' | 'deleted';
  count: number;
}

/** One write, in the order in which the vendor applied it. */
export interface LedgerEntry extends Omit<LedgerEffect, 'count'> {
  sequence: number;
  /** What was written, in the vendor's words. */
  values: JsonValue;
}

/** A sandbox's own record of what took effect: the oracle for "once". */
export interface Ledger {
  record(entry: Omit<LedgerEntry, 'sequence' | 'values'> & { values?: JsonValue }): void;
  effects(): readonly LedgerEffect[];
  /** The latest writes, oldest first. */
  history(): readonly LedgerEntry[];
  clear(): void;
}

/** @param keep how many writes `history` remembers */
export function createLedger(keep = 100_000): Ledger {
  const counts = new Map<string, LedgerEffect>();
  let entries: LedgerEntry[] = [];
  let sequence = 0;
  return {
    record({ values = null, ...entry }) {
      const key = JSON.stringify([entry.resource, entry.naturalKey, entry.vendorId, entry.action]);
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { ...entry, count: 1 });
      else known.count += 1;
      sequence += 1;
      entries.push({ ...entry, sequence, values });
      if (entries.length > keep * 1.5) entries = entries.slice(-keep);
    },
    effects: () => [...counts.values()].map((effect) => ({ ...effect })),
    history: () => entries.slice(-keep),
    clear() {
      counts.clear();
      entries = [];
      sequence = 0;
    },
  };
}
