import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { billing } from '@onceover/contract';
import { z } from 'zod';
import { startDebianPostgres } from './debian-postgres.ts';
import { seededRandom } from './seeded-random.ts';
import { startRunners, stopRunners, waitUntilDone, writeConfig } from './scenario.ts';
import { startVendors, stopVendors, type Vendor } from './vendors.ts';

export interface OrderOptions {
  name: string;
  seed: number;
  keys: number;
  eventsPerKey: number;
  runners: number;
  say: (line: string) => void;
}

export interface OrderResult {
  effects: number;
  /** Runs that each runner finished, by its own count. */
  shares: readonly number[];
  problems: readonly string[];
}

/**
 * Several runners on one PostgreSQL: events of few keys, one after the other for each key. The vendor's ledger must
 * show each key's effects once and in the order in which its events were accepted.
 */
export async function runOrderScenario(options: OrderOptions): Promise<OrderResult> {
  const { keys, eventsPerKey, runners: count, say } = options;
  const random = seededRandom(options.seed);
  const home = mkdtempSync(join(tmpdir(), 'onceover-order-'));
  const vendors = await startVendors(() => 2 + 6 * random());
  const postgres = await startDebianPostgres();
  const runners = await startRunners({
    home,
    count,
    config: writeConfig(home, vendors),
    databaseUrl: postgres.url,
  });
  try {
    say(`${options.name}: ${count} runners, ${keys} keys, ${eventsPerKey} events each, seed ${options.seed}`);
    for (let number = 1; number <= eventsPerKey; number += 1) {
      const batch = Array.from({ length: keys }, (_, key) => eventOf(key, number));
      const url = runners[number % runners.length]?.url ?? '';
      await send(url, batch);
    }
    const unfinished = await waitUntilDone(runners[0]?.url ?? '', 180_000);
    const shares = await Promise.all(runners.map(({ url }) => finishedRuns(url)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const { effects, problems } = judgeOrder(vendors, options);
    return {
      effects,
      shares,
      problems: [
        ...problems,
        ...(unfinished === 0 ? [] : [`${unfinished} runs did not succeed`]),
        ...(total === keys * eventsPerKey
          ? []
          : [`the runners count ${total} runs instead of ${keys * eventsPerKey}`]),
        ...shares
          .map((share, index) => ({ share: share / total, index }))
          .filter(({ share }) => share < 0.25)
          .map(({ share, index }) => `runner ${index} did ${Math.round(share * 100)} % of the runs`),
      ],
    };
  } finally {
    await stopRunners(runners);
    await stopVendors(vendors);
    postgres.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

const emailOf = (key: number) => `key-${key}@example.com`;

/** The number travels in the name, which the flow writes to the contact. */
function eventOf(key: number, number: number) {
  return {
    specversion: '1.0',
    id: `order-${key}-${number}`,
    source: '/crash-test',
    type: billing.invoicePaid.type,
    time: new Date().toISOString(),
    data: {
      ...billing.invoicePaid.example,
      invoiceId: `in_${key}_${number}`,
      customer: { email: emailOf(key), name: `Number ${number}` },
      firstInvoice: false,
    },
  };
}

async function send(url: string, batch: readonly object[]): Promise<void> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(batch),
  });
  if (response.status !== 202)
    throw new Error(`The runner answered ${response.status}: ${await response.text()}`);
}

async function finishedRuns(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`);
  const found = /^onceover_runner_finished_runs\S* (\d+)$/m.exec(await response.text());
  if (found?.[1] === undefined) throw new Error('The runner does not tell how many runs it finished');
  return Number(found[1]);
}

const valuesSchema = z.looseObject({ lastname: z.string() });

function judgeOrder(vendors: readonly Vendor[], { keys, eventsPerKey }: OrderOptions) {
  const crm = vendors.find(({ connection }) => connection === 'crm');
  const history = (crm?.running.sandbox.ledger.history() ?? []).filter(
    ({ resource }) => resource === 'contacts',
  );
  const problems: string[] = [];
  for (let key = 0; key < keys; key += 1) {
    const written = history
      .filter(({ naturalKey }) => naturalKey === emailOf(key))
      .map(({ values }) => Number(valuesSchema.parse(values).lastname));
    const expected = Array.from({ length: eventsPerKey }, (_, index) => index + 1);
    if (written.join() !== expected.join()) problems.push(`${emailOf(key)}: ${written.join(' ')}`);
  }
  return { effects: history.length, problems };
}
