import type { GoldenWebhook } from '@onceover/runner';
import type { Vendor } from './vendors.ts';

/** What the vendors' own ledgers say against what was acknowledged; nothing of ours is asked. */
export interface Verdict {
  expectedEffects: number;
  /** Expected by an acknowledged webhook and not at the vendor. */
  lost: readonly string[];
  /** One business key, more than one record. */
  duplicates: readonly string[];
  /** At the vendor and expected by nobody: effects of forged webhooks among them. */
  unexpected: readonly string[];
  /** Writes beyond one per effect: the same write sent again, harmless by its guarantee. */
  repeatedWrites: number;
}

/**
 * @param acknowledged the webhooks that were answered 2xx, each once
 */
export function judge(acknowledged: readonly GoldenWebhook[], vendors: readonly Vendor[]): Verdict {
  const expected = new Map<string, number>();
  for (const { effects } of acknowledged) {
    for (const { connection, resource, naturalKey } of effects) {
      const name = `${connection} ${resource} ${naturalKey}`;
      expected.set(name, (expected.get(name) ?? 0) + 1);
    }
  }
  const records = new Map<string, Set<string>>();
  const writes = new Map<string, number>();
  const duplicates: string[] = [];
  for (const { connection, running } of vendors) {
    for (const { resource, naturalKey, vendorId, action, count } of running.sandbox.ledger.effects()) {
      const name = `${connection} ${resource} ${naturalKey}`;
      const ids = records.get(name) ?? new Set();
      records.set(name, ids.add(vendorId));
      writes.set(name, (writes.get(name) ?? 0) + count);
      if (action === 'created' && count > 1) duplicates.push(`${name}: created ${count} times`);
    }
  }
  for (const [name, ids] of records) if (ids.size > 1) duplicates.push(`${name}: ${[...ids].join(', ')}`);
  let repeatedWrites = 0;
  for (const [name, count] of writes) repeatedWrites += Math.max(0, count - (expected.get(name) ?? 0));
  return {
    expectedEffects: [...expected.values()].reduce((sum, count) => sum + count, 0),
    lost: [...expected].filter(([name, count]) => (writes.get(name) ?? 0) < count).map(([name]) => name),
    duplicates,
    unexpected: [...records.keys()].filter((name) => !expected.has(name)),
    repeatedWrites,
  };
}
