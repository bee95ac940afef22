import { defineFlow } from '@onceover/automation';
import {
  ConfigurationError,
  crm,
  type ErrorData,
  errorToData,
  type JsonValue,
  readPointerText,
  UpstreamError,
  type WebhookManifest,
} from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { afterEach, expect, test } from 'vitest';
import type { BrokerPort } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { createRig, flowFacts, type Rig, type RigOptions, upsert } from '../testing/create-rig.ts';
import { createFakeBroker } from '../testing/fake-broker.ts';
import { item, itemsWebhook, normalizeContacts } from '../testing/webhook.ts';

/** What is the database's, the host's or another connection's trouble costs no delivery and no item. */

let rig: Rig;
const stores: Store[] = [];
afterEach(async () => {
  await rig.close();
  for (const store of stores.splice(0)) await store.close();
});

const changed = defineFlow({ ...flowFacts, on: crm.contactChanged, id: 'changed' }).step(
  'contact',
  crm.contacts.upsert,
  ({ event }) => ({ connection: 'crm', records: [{ email: event.data.contact.email ?? '' }] }),
);
const operations = [upsert, { name: 'contacts.get', kind: 'read' }] as const;
const thin: Partial<WebhookManifest> = {
  hydrate: { operation: 'contacts.get', input: { vendorId: '/contact' } },
};

async function make(webhook: Partial<WebhookManifest> = {}, options: RigOptions = {}): Promise<void> {
  rig = await createRig({
    flows: { changed },
    webhook: { ...itemsWebhook, ...webhook },
    operations,
    ...options,
  });
  rig.vendor.normalize = normalizeContacts;
  rig.vendor.read = async () => ({ email: 'ada@example.com' });
}

function deliver(runtime: Runtime, body: JsonValue, hookId = 'crm') {
  return runtime.acceptDelivery({
    hookId,
    method: 'POST',
    url: 'https://onceover.example/v1/hooks/crm',
    headers: { 'x-signature': 's' },
    rawBody: Buffer.from(JSON.stringify(body)),
  });
}

/** A store whose statements fail where `failure` gives an error. */
async function failingStore(
  failure: (statement: { name: string; values: unknown[] }) => object | undefined,
): Promise<Store> {
  const opened = await openStore({ url: rig.database.url, applicationName: 'test', maxConnections: 8 });
  stores.push(opened);
  const query: Store['query'] = (statement) => {
    const error = failure(statement);
    return error === undefined
      ? opened.query(statement)
      : Promise.reject(Object.assign(new Error('not this time'), error));
  };
  return { ...opened, query };
}

const items = async () =>
  (await rig.rows('items'))
    .map(({ key, status, attempts }) => [key, status, attempts])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
const eventIds = async () =>
  (await rig.rows('events')).map(({ id }) => String(id)).toSorted((a, b) => (a < b ? -1 : 1));
const hostTrouble = (code = 'host_deadline'): { error: ErrorData } => ({
  error: errorToData(new UpstreamError('The host is in trouble', { code })),
});

test.each(['57014', '53300', '25006', '40P01'])(
  'trouble: a delivery that the database could not store for a moment (%s) is read again, not quarantined',
  async (code) => {
    await make();
    let failures = 0;
    const store = await failingStore(({ name }) => {
      if (name !== 'record-items' || failures >= (code === '40P01' ? 5 : 1)) return undefined;
      failures += 1;
      return { code };
    });
    const { runtime } = await rig.runner({ store });
    await deliver(runtime, [item(1)]);
    await runtime.idle();
    expect(failures).toBeGreaterThan(0);
    expect(await eventIds()).toEqual(['7:1']);
    expect(await rig.rows('quarantine')).toEqual([]);
    await runtime.stop({ timeoutMs: 1000 });
  },
);

test('trouble: an account whose connection cannot be used here costs its own item, not those of other tenants', async () => {
  const facts = {
    connections: [{ id: 'one', tenant: 'one', registration: 'app', account: '7' }],
    registrations: [{ id: 'app', appId: null }],
  };
  await make({}, facts);
  const broker = createFakeBroker({ ...facts, vendor: rig.vendor, operations, webhook: itemsWebhook });
  const byAccount: BrokerPort['connections']['byAccount'] = async (registration, account) => {
    if (account === '8') throw new ConfigurationError('not loaded', { code: 'connector_not_loaded' });
    return broker.connections.byAccount(registration, account);
  };
  const { runtime } = await rig.runner({
    broker: { ...broker, connections: { ...broker.connections, byAccount } },
  });
  await deliver(runtime, [item(1), item(2, { account: 8 })], 'app');
  await runtime.idle();
  expect(await items()).toEqual([
    ['7:1', 'done', 0],
    ['8:2', 'set_aside', 0],
  ]);
  expect(await eventIds()).toEqual(['7:1']);
  expect(await rig.rows('quarantine')).toEqual([]);
});

test('trouble: a delivery of a trigger that this runner does not know waits for one that does', async () => {
  await make();
  const newer = await rig.runner();
  await newer.runtime.stop({ timeoutMs: 1000 });
  await deliver(newer.runtime, [item(1)]);
  const older = createFakeBroker({
    vendor: rig.vendor,
    operations,
    webhook: { ...itemsWebhook, name: 'other' },
  });
  await rig.runner({ broker: older });
  await expect.poll(() => rig.complaints.join()).toContain('wait for a runner that knows their trigger');
  expect(await rig.rows('delivery_queue')).toHaveLength(1);
  expect(await rig.rows('quarantine')).toEqual([]);
  await rig.runner();
  await expect.poll(eventIds).toEqual(['7:1']);
});

test('trouble: items that a host cannot take wait until it can', async () => {
  await make();
  let isDown = true;
  rig.vendor.normalize = async (call) => (isDown ? hostTrouble() : normalizeContacts(call));
  const { runtime } = await rig.runner();
  await deliver(runtime, [item(1), item(2)]);
  await deliver(runtime, [item(3)]);
  await expect.poll(() => rig.complaints.join()).toContain('deliveries could not be read');
  expect(await rig.rows('items')).toEqual([]);
  isDown = false;
  await runtime.idle();
  expect(await eventIds()).toEqual(['7:1', '7:2', '7:3']);
  expect(await rig.rows('quarantine')).toEqual([]);
});

test('trouble: a host whose files have changed refuses every item, and costs none', async () => {
  await make(thin);
  const differs = new ConfigurationError('another manifest', { code: 'manifest_differs' });
  let calls = 0;
  rig.vendor.normalize = async (call) => {
    calls += 1;
    // An attempt: both together, each alone, and the last once more.
    return calls <= 2 * 4 ? { error: errorToData(differs) } : normalizeContacts(call);
  };
  const { runtime } = await rig.runner();
  await deliver(runtime, [item(1, { contact: 'c1' }), item(2, { contact: 'c1' })]);
  await runtime.idle();
  expect(await items()).toEqual([
    ['7:1', 'done', 3],
    ['7:2', 'done', 3],
  ]);
  expect(await eventIds()).toEqual(['7:1', '7:2']);
  expect(await rig.rows('quarantine')).toEqual([]);
});

test('trouble: an item that takes its host down is quarantined alone, when others get through', async () => {
  await make();
  const isPoison = ({ item: one }: { item: JsonValue }) => readPointerText(one, '/poison') === 'true';
  let asked = 0;
  rig.vendor.normalize = async (call) => {
    asked += call.items.some(isPoison) ? 1 : 0;
    return call.items.some(isPoison) ? hostTrouble('host_memory') : normalizeContacts(call);
  };
  const { runtime } = await rig.runner();
  const poison = [1, 2, 3, 4].map((id) => item(id, { poison: true }));
  await deliver(runtime, [...poison, item(5)]);
  await runtime.idle();
  expect(await eventIds()).toEqual(['7:5']);
  expect((await rig.rows('quarantine')).map(({ code }) => code)).toEqual(Array(4).fill('host_memory'));
  // Once with the others, and three times alone.
  expect(asked).toBe(1 + 4 * 3);
});

test('trouble: what a stop gives up is no item’s fault', async () => {
  await make(thin);
  // As the broker: a signal that has fired is an error for the whole call.
  rig.vendor.normalize = async (call) => (call.signal.aborted ? hostTrouble() : normalizeContacts(call));
  let reads = 0;
  rig.vendor.read = ({ signal }) => {
    reads += 1;
    if (reads === 1) return { email: 'ada@example.com' };
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(hostTrouble()), { once: true });
    });
  };
  const first = await rig.runner();
  await deliver(first.runtime, [item(1, { contact: 'c1' }), item(2, { contact: 'c1' })]);
  await expect.poll(() => reads).toBe(2);
  await first.runtime.stop({ timeoutMs: 200 });
  expect(await items()).toEqual([
    ['7:1', 'pending', 0],
    ['7:2', 'pending', 0],
  ]);
  rig.vendor.read = async () => ({ email: 'ada@example.com' });
  const { runtime } = await rig.runner();
  await runtime.idle();
  expect(await eventIds()).toEqual(['7:1', '7:2']);
  expect(await rig.rows('quarantine')).toEqual([]);
});

test('trouble: a stop does not wait for a host that hangs', async () => {
  await make();
  const hung = Promise.withResolvers<void>();
  rig.vendor.normalize = ({ signal }) => {
    hung.resolve();
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(hostTrouble()), { once: true });
    });
  };
  const { runtime } = await rig.runner();
  await deliver(runtime, [item(1)]);
  await hung.promise;
  const startedAt = performance.now();
  await runtime.stop({ timeoutMs: 200 });
  expect(performance.now() - startedAt).toBeLessThan(3000);
  expect(await rig.rows('delivery_queue')).toHaveLength(1);
});

test('trouble: an item that cannot be stored leaves those before it stored, and is given up alone', async () => {
  await make(thin);
  let isBroken = true;
  const holds = (values: readonly unknown[], text: string) =>
    values.some((value) => Buffer.isBuffer(value) && value.includes(text));
  const store = await failingStore(({ name, values }) =>
    isBroken && name === 'settle-items' && holds(values, '7:2') && holds(values, 'done')
      ? { code: '22008' }
      : undefined,
  );
  const { runtime } = await rig.runner({ store });
  await deliver(runtime, [item(1, { contact: 'c1' }), item(2, { contact: 'c1' })]);
  await expect.poll(items).toEqual([
    ['7:1', 'done', 1],
    ['7:2', 'pending', 1],
  ]);
  expect(await eventIds()).toEqual(['7:1']);
  isBroken = false;
  await runtime.idle();
  expect(await eventIds()).toEqual(['7:1', '7:2']);
  await runtime.stop({ timeoutMs: 1000 });
});

test('trouble: an event whose time no database can keep has the time of its receipt', async () => {
  await make();
  rig.vendor.normalize = async (call) => {
    const { items: read } = (await normalizeContacts(call)) as { items: { events: object[] }[] };
    const time = '-200000-01-01T00:00:00.000Z';
    return {
      items: read.map(({ events }) => ({ events: events.map((event) => ({ ...event, time })) })),
    } as never;
  };
  const { runtime } = await rig.runner();
  const startedAt = Date.now();
  await deliver(runtime, [item(1)]);
  await runtime.idle();
  const [event] = await rig.rows('events');
  expect(Number(event?.['time'])).toBeGreaterThanOrEqual(startedAt - 1);
});

test('trouble: an item whose connection cannot be used here counts its attempts and says why', async () => {
  await make(thin);
  const broker = createFakeBroker({
    vendor: rig.vendor,
    operations,
    webhook: { ...itemsWebhook, ...thin },
  });
  let isLoaded = false;
  const get: BrokerPort['connections']['get'] = async (tenant, id) => {
    if (!isLoaded) throw new ConfigurationError('not loaded', { code: 'connector_not_loaded' });
    return broker.connections.get(tenant, id);
  };
  const { runtime } = await rig.runner({
    broker: { ...broker, connections: { ...broker.connections, get } },
  });
  await deliver(runtime, [item(1)]);
  await expect.poll(async () => Number((await rig.rows('items'))[0]?.['attempts'])).toBeGreaterThanOrEqual(2);
  expect(await rig.rows('items')).toMatchObject([
    { status: 'pending', error: { code: 'connector_not_loaded' } },
  ]);
  isLoaded = true;
  await runtime.idle();
  expect(await eventIds()).toEqual(['7:1']);
});

test('trouble: a hook stays with the runner that reads it, however long that takes', async () => {
  await make();
  let asked = 0;
  const proceed = Promise.withResolvers<void>();
  rig.vendor.normalize = async (call) => {
    asked += 1;
    await proceed.promise;
    return normalizeContacts(call);
  };
  const options = { leaseMs: 600 };
  const first = await rig.runner({ options });
  await rig.runner({ options });
  await deliver(first.runtime, [item(1)]);
  const leaseUntil = async () => Number((await rig.rows('hook_leases'))[0]?.['lease_until']);
  await expect.poll(() => asked).toBe(1);
  const began = await leaseUntil();
  await expect.poll(async () => (await leaseUntil()) - began, { timeout: 10_000 }).toBeGreaterThan(1500);
  expect(asked).toBe(1);
  proceed.resolve();
  await first.runtime.idle();
  expect(await eventIds()).toEqual(['7:1']);
  expect(asked).toBe(1);
});
