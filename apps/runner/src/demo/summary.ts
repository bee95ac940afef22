import { formatTable } from '../cli/table.ts';
import type { Ledger } from './sandbox-client.ts';

export interface Counter {
  name: string;
  label: string;
  value: number;
}

/** What each counter means, by `name` or, before that, by `name label`. */
const meanings: Readonly<Record<string, string>> = {
  'received deliveries': 'webhooks stored for the first time and answered 200',
  rejected: 'webhooks refused, nothing of them stored',
  'rejected mismatch': 'webhooks refused with 401: the signature does not hold',
  'deduplicated deliveries': 'webhooks that had come before: answered 200, nothing done again',
  'deduplicated items': 'entries of a new webhook that had come in an earlier one',
  'items done': 'entries of webhooks that became events, or needed none',
  'items echo': 'entries that our own writes caused: stored, and start no flow',
  'items set_aside': 'entries that no configured account claims',
  items: 'entries of webhooks',
  quarantine: 'held, because a check failed',
  events: 'business events of this type, each stored once',
  'runs succeeded': 'flows executed for an event, every step done',
  'runs dead_lettered': 'flows that gave up on an event',
  runs: 'flows executed for an event',
  'effects created': 'writes that made a record at a vendor',
  'effects updated': 'writes that changed a record at a vendor',
  'effects unchanged': 'writes that found the record as it should be',
  'effects failed': 'writes that a vendor refused',
  'effects outcome_unknown': 'writes of which nobody knows whether they took effect',
  effects: 'writes to a vendor',
};

/** What was counted between two readings; what did not change is left out. */
export function countedSince(before: readonly Counter[], after: readonly Counter[]): Counter[] {
  const earlier = new Map(before.map(({ name, label, value }) => [`${name} ${label}`, value]));
  return after
    .map(({ name, label, value }) => ({ name, label, value: value - (earlier.get(`${name} ${label}`) ?? 0) }))
    .filter(({ value }) => value !== 0);
}

/** The table that the demo ends with: our counters beside what the vendors' own ledgers say. */
export function formatSummary(
  counters: readonly Counter[],
  ledgers: readonly { connection: string; ledger: Ledger }[],
): string {
  const counted = counters.map(({ name, label, value }) => [
    name,
    label,
    String(value),
    meanings[`${name} ${label}`] ?? meanings[name] ?? '',
  ]);
  const vendors = ledgers.flatMap(({ connection, ledger }) => {
    const byAction = Map.groupBy(ledger.effects, ({ resource, action }) => `${resource} ${action}`);
    return [...byAction].map(([action, effects]) => [
      connection,
      action,
      String(new Set(effects.map(({ naturalKey }) => naturalKey)).size),
      String(effects.reduce((sum, { count }) => sum + count, 0)),
    ]);
  });
  return [
    formatTable(['the runner counted', 'of which', 'times', 'meaning'], counted),
    '',
    formatTable(['vendor’s own ledger', 'effect', 'business keys', 'writes'], vendors),
  ].join('\n');
}
