import { defineFlow } from '@onceover/automation';
import {
  crm,
  errorToData,
  type JsonValue,
  NotFoundError,
  RateLimitError,
  UpstreamError,
  type WebhookManifest,
} from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { afterEach, expect, test } from 'vitest';
import type { Runtime } from '../runtime.ts';
import {
  createRig,
  flowFacts,
  type Rig,
  type RigOptions,
  type Runner,
  upsert,
} from '../testing/create-rig.ts';
import { item, itemsWebhook, normalizeContacts } from '../testing/webhook.ts';

let rig: Rig;
afterEach(() => rig.close());
const tenant = 'default';

const facts = {
  ...flowFacts,
  on: crm.contactChanged,
  orderBy: ({ event }: { event: { subject?: string } }) => event.subject ?? '',
};
const changed = defineFlow({ ...facts, id: 'changed' }).step('contact', crm.contacts.upsert, ({ event }) => ({
  connection: 'crm',
  records: [{ email: event.data.contact.email ?? '', firstName: event.id }],
}));
const echoing = defineFlow({ ...facts, id: 'echoing', echoes: true }).step(
  'contact',
  crm.contacts.upsert,
  ({ event }) => ({
    connection: 'crm',
    records: [{ email: event.data.contact.email ?? '', lastName: event.id }],
  }),
);

async function start(webhook: Partial<WebhookManifest> = {}, options: RigOptions = {}): Promise<Runner> {
  rig = await createRig({
    flows: { changed },
    webhook: { ...itemsWebhook, ...webhook },
    operations: [upsert, { name: 'contacts.get', kind: 'read' }],
    ...options,
  });
  rig.vendor.normalize = normalizeContacts;
  rig.vendor.verify = (body) => !body.toString().includes('forged');
  return rig.runner();
}

function deliver(
  runtime: Runtime,
  body: JsonValue | string,
  more: { hookId?: string; headers?: Record<string, string> } = {},
) {
  return runtime.acceptDelivery({
    hookId: 'crm',
    method: 'POST',
    url: 'https://onceover.example/v1/hooks/crm',
    headers: { 'x-signature': 's', 'x-secret': 'never stored', 'content-type': 'application/json' },
    rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    ...more,
  });
}

const eventIds = async (runtime: Runtime) =>
  (await runtime.listEvents({ tenant })).items.map(({ id }) => id).toReversed();

test('ingress: a signed delivery is durable before it is acknowledged, and becomes items, events and effects', async () => {
  const { runtime } = await start();
  const answer = await deliver(runtime, [item(1), item(2)]);
  expect(answer).toEqual({ kind: 'accepted', delivery: expect.any(String), duplicate: false });
  expect(await rig.rows('deliveries')).toMatchObject([
    {
      id: answer.kind === 'accepted' ? answer.delivery : '',
      hook_id: 'crm',
      headers: { 'x-signature': 's', 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify([item(1), item(2)])),
    },
  ]);
  await runtime.idle();
  expect((await runtime.listEvents({ tenant })).items.toReversed()).toMatchObject([
    {
      id: '7:1',
      source: '/connections/crm',
      subject: 'c1',
      type: 'crm.contact-changed.v1',
      time: '2026-11-24T10:00:00.000Z',
      echo: false,
    },
    { id: '7:2' },
  ]);
  expect(rig.vendor.sent).toHaveLength(2);
  expect(await rig.rows('delivery_queue')).toEqual([]);
  expect(await rig.rows('items')).toMatchObject([
    { status: 'done', item: null },
    { status: 'done', item: null },
  ]);
});

test('ingress: a delivery is stored once for its body, also when it comes many times at once', async () => {
  const { runtime } = await start();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) => deliver(runtime, [item(index % 3)])),
  );
  const accepted = answers.flatMap((answer) => (answer.kind === 'accepted' ? [answer] : []));
  expect(accepted).toHaveLength(30);
  expect(accepted.filter(({ duplicate }) => !duplicate)).toHaveLength(3);
  expect(new Set(accepted.map(({ delivery }) => delivery)).size).toBe(3);
  await runtime.idle();
  expect(await rig.rows('deliveries')).toHaveLength(3);
  expect(rig.vendor.sent).toHaveLength(3);
  expect(await runtime.counters()).toEqual(
    expect.arrayContaining([
      { name: 'received', label: 'deliveries', value: 3 },
      { name: 'deduplicated', label: 'deliveries', value: 27 },
    ]),
  );
});

test('ingress: an array that repeats half of an earlier one yields only the new half', async () => {
  const { runtime } = await start();
  await deliver(runtime, [item(1), item(2)]);
  await runtime.idle();
  await deliver(runtime, [item(2), item(3), item(3)]);
  await runtime.idle();
  expect(await eventIds(runtime)).toEqual(['7:1', '7:2', '7:3']);
  expect(await runtime.counters()).toContainEqual({ name: 'deduplicated', label: 'items', value: 2 });
});

test('ingress: what is forged, unknown or too large is refused, counted, and not stored', async () => {
  const { runtime } = await start();
  expect(await deliver(runtime, 'forged')).toMatchObject({
    kind: 'refused',
    status: 401,
    code: 'signature_invalid',
  });
  expect(await deliver(runtime, [], { hookId: 'nobody' })).toMatchObject({ kind: 'refused', status: 404 });
  expect(await deliver(runtime, 'x'.repeat(1024 * 1024 + 1))).toMatchObject({ kind: 'refused', status: 413 });
  expect(await rig.rows('deliveries')).toEqual([]);
  const rejected = (await runtime.counters()).filter(({ name }) => name === 'rejected');
  expect(rejected).toEqual([
    { name: 'rejected', label: 'mismatch', value: 1 },
    { name: 'rejected', label: 'too-large', value: 1 },
    { name: 'rejected', label: 'unknown-hook', value: 1 },
  ]);
});

test('ingress: a signed body that is not JSON, or not the trigger’s, is 400 and kept aside', async () => {
  const { runtime } = await start();
  expect(await deliver(runtime, '{"half":')).toMatchObject({
    kind: 'refused',
    status: 400,
    code: 'delivery_malformed',
  });
  expect(await deliver(runtime, { not: 'an array' })).toMatchObject({ kind: 'refused', status: 400 });
  await runtime.idle();
  expect(await rig.rows('deliveries')).toHaveLength(2);
  expect((await runtime.listQuarantine({ tenant })).items).toMatchObject([
    { kind: 'delivery', code: 'delivery_malformed', hook: 'crm' },
    { kind: 'delivery', code: 'delivery_malformed', hook: 'crm' },
  ]);
});

test('ingress: an item that fails its schema is quarantined with path and value, the others go on', async () => {
  const { runtime } = await start();
  await deliver(runtime, [
    item(1),
    item(2, { email: 'bad' }),
    item(3, { throws: true }),
    item(4),
    item(5, { account: null }),
  ]);
  await runtime.idle();
  expect(await eventIds(runtime)).toEqual(['7:1', '7:4']);
  const { items: held } = await runtime.listQuarantine({ tenant });
  expect(held.toSorted((a, b) => ((a.item ?? '') < (b.item ?? '') ? -1 : 1))).toMatchObject([
    {
      kind: 'event',
      code: 'event_invalid',
      eventType: 'crm.contact-changed.v1',
      path: '/contact/email',
      value: 'bad',
      item: '7:2',
    },
    { kind: 'item', code: 'unexpected', item: '7:3', data: { id: 3 } },
    { kind: 'item', code: 'item_key_missing', data: { id: 5 } },
  ]);
  const quarantined = (await rig.rows('items')).filter(({ status }) => status === 'quarantined');
  expect(quarantined).toHaveLength(3);
});

test('ingress: a delivery that breaks whoever reads it is quarantined, and those around it go on', async () => {
  const { runtime } = await start();
  const depth = 100_000;
  const bomb = `[${'['.repeat(depth)}${']'.repeat(depth)}]`;
  const answers = await Promise.all([
    deliver(runtime, [item(1)]),
    deliver(runtime, bomb),
    deliver(runtime, [item(2)]),
  ]);
  expect(answers.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted']);
  await expect.poll(() => eventIds(runtime), { timeout: 15_000 }).toHaveLength(2);
  await runtime.idle();
  expect((await runtime.listQuarantine({ tenant })).items).toMatchObject([{ kind: 'delivery' }]);
}, 30_000);

test('ingress: a second event of one item has an id of its own', async () => {
  const { runtime } = await start();
  await deliver(runtime, [item(1, { twice: true })]);
  await runtime.idle();
  expect(await eventIds(runtime)).toEqual(['7:1', '7:1.2']);
});

test('ingress: declared fields make the event’s id, and an event that another way brought is not repeated', async () => {
  const { runtime } = await start({ eventId: ['/contact', '/at'] });
  await deliver(runtime, [item(1), item(2), item(3, { contact: 'c2' })]);
  await runtime.idle();
  await deliver(runtime, [item(4, { contact: 'c1' })]);
  await runtime.idle();
  expect(await eventIds(runtime)).toEqual(['c1:1795514400000', 'c2:1795514400000']);
  expect(await rig.rows('items')).toHaveLength(4);
});

test('ingress: items of a registration go to the connection of their account, an unknown account is set aside', async () => {
  const { runtime } = await start(
    {},
    {
      connections: [
        { id: 'crm', account: '7', registration: 'app' },
        { id: 'other', tenant: 'acme', account: '8', registration: 'app' },
      ],
      registrations: [{ id: 'app', appId: null }],
    },
  );
  await deliver(
    runtime,
    [item(1), item(2, { account: 8 }), item(3, { account: 9 }), item(4, { account: null })],
    { hookId: 'app' },
  );
  await runtime.idle();
  expect(await eventIds(runtime)).toEqual(['7:1']);
  expect((await runtime.listEvents({ tenant: 'acme' })).items).toMatchObject([
    { id: '8:2', source: '/connections/other' },
  ]);
  const aside = (await rig.rows('items')).filter(({ status }) => status === 'set_aside');
  expect(aside).toMatchObject([
    { connection: 'app', tenant: '*', key: '9:3', item: { id: 3 } },
    { connection: 'app', tenant: '*', item: { id: 4 } },
  ]);
  expect(await runtime.counters()).toContainEqual({ name: 'items', label: 'set_aside', value: 2 });
  // Each tenant's leaves speak of its own.
  const leaves = await rig.rows('audit_leaves');
  expect(new Set(leaves.map(({ tenant: own }) => own))).toEqual(new Set(['*', 'default', 'acme']));
});

test('ingress: echoes of our own writes are stored and counted, and start only flows that want them', async () => {
  const { runtime } = await start(
    { echo: { pointer: '/cause', is: 'idempotency-key' } },
    {
      flows: { changed, echoing },
      operations: [{ ...upsert, guarantee: { kind: 'idempotencyKey', header: 'K', hours: 24 } }],
    },
  );
  await deliver(runtime, [item(1, { cause: 'somebody else' })]);
  await runtime.idle();
  const ours = rig.vendor.sent[0]?.records[0]?.effectKey ?? '';
  expect(rig.vendor.sent).toHaveLength(2);
  await deliver(runtime, [item(2, { cause: ours })]);
  await runtime.idle();
  const { items: runs } = await runtime.listRuns({ tenant, event: '7:2' });
  expect(runs.map(({ flow }) => flow)).toEqual(['echoing']);
  expect((await runtime.listEvents({ tenant })).items[0]).toMatchObject({ id: '7:2', echo: true });
  expect(await runtime.counters()).toContainEqual({ name: 'items', label: 'echo', value: 1 });
});

test('ingress: an echo may be told by the connection’s identity, or by our app', async () => {
  const { runtime } = await start(
    { echo: { pointer: '/by', is: 'identity' } },
    { connections: [{ id: 'crm', identity: 'onceover' }] },
  );
  await deliver(runtime, [item(1, { by: 'onceover' }), item(2, { by: 'ada' })]);
  await runtime.idle();
  expect((await rig.rows('items')).map(({ key, status }) => [key, status])).toEqual([
    ['7:1', 'echo'],
    ['7:2', 'done'],
  ]);
});

const thin: Partial<WebhookManifest> = {
  hydrate: { operation: 'contacts.get', input: { vendorId: '/contact' } },
};

test('ingress: a thin item is hydrated after it was acknowledged, and normalised from its record', async () => {
  const { runtime } = await start(thin);
  rig.vendor.read = async ({ input }) => ({
    email: `${(input as { vendorId: string }).vendorId}@record.example`,
  });
  await deliver(runtime, [item(1)]);
  await runtime.idle();
  expect(rig.vendor.sent[0]?.records[0]?.naturalKey).toBe('c1@record.example');
  expect(await rig.rows('items')).toMatchObject([{ status: 'done', attempts: 1, item: null }]);
});

test('ingress: items of one record keep their order across failed reads, other records do not wait', async () => {
  const { runtime } = await start(thin);
  const failures = new Map([['c1', 3]]);
  rig.vendor.read = async ({ input }) => {
    const { vendorId } = input as { vendorId: string };
    const left = failures.get(vendorId) ?? 0;
    failures.set(vendorId, left - 1);
    if (left > 0) return { error: errorToData(new UpstreamError('down', { code: 'http_503' })) };
    return { email: `${vendorId}@example.com` };
  };
  await deliver(runtime, [
    item(1, { contact: 'c1' }),
    item(2, { contact: 'c2' }),
    item(3, { contact: 'c1' }),
  ]);
  await deliver(runtime, [item(4, { contact: 'c1' })]);
  await runtime.idle();
  const ids = await eventIds(runtime);
  expect(ids.filter((id) => id !== '7:2')).toEqual(['7:1', '7:3', '7:4']);
  expect(ids).toContain('7:2');
});

test('ingress: an item whose record cannot be read is given up, and those behind it go on', async () => {
  const { runtime } = await start(thin);
  rig.vendor.read = async ({ input }) =>
    (input as { vendorId: string }).vendorId === 'c1' && rig.vendor.isDown === true
      ? { error: errorToData(new UpstreamError('down', { code: 'http_503' })) }
      : { email: 'ada@example.com' };
  rig.vendor.isDown = true;
  await deliver(runtime, [item(1, { contact: 'c1' })]);
  await runtime.idle();
  rig.vendor.isDown = false;
  await deliver(runtime, [item(2, { contact: 'c1' })]);
  await runtime.idle();
  expect(await rig.rows('items')).toMatchObject([
    { key: '7:1', status: 'dead', attempts: 10, error: { code: 'http_503' }, item: { id: 1 } },
    { key: '7:2', status: 'done' },
  ]);
  expect((await rig.entries()).map(({ kind }) => kind)).toContain('item-abandoned');
}, 30_000);

test('ingress: a read that was held back before it left is no attempt at its item', async () => {
  const { runtime } = await start(thin);
  let left = 12;
  rig.vendor.read = async () => {
    left -= 1;
    const error = new RateLimitError('held back', { code: 'held_back_budget', retry: { afterMs: 10 } });
    return left >= 0 ? { error: errorToData(error) } : { email: 'ada@example.com' };
  };
  await deliver(runtime, [item(1, { contact: 'c1' })]);
  await runtime.idle();
  expect(await rig.rows('items')).toMatchObject([{ key: '7:1', status: 'done', attempts: 1 }]);
}, 30_000);

test('ingress: a read goes out only for items that the trigger names, a record that is gone is null', async () => {
  const { runtime } = await start({
    hydrate: {
      operation: 'contacts.get',
      input: { vendorId: '/contact' },
      when: { pointer: '/kind', oneOf: ['change'] },
    },
  });
  const read: unknown[] = [];
  rig.vendor.read = async ({ input }) => {
    read.push(input);
    return { error: errorToData(new NotFoundError('gone', { code: 'http_404' })) };
  };
  await deliver(runtime, [item(1, { kind: 'change' }), item(2, { kind: 'removal' })]);
  await runtime.idle();
  expect(read).toEqual([{ vendorId: 'c1' }]);
  expect(await rig.rows('items')).toMatchObject([{ status: 'done' }, { status: 'done' }]);
});

test('ingress: deliveries that a killed runner had only stored are read by the next', async () => {
  const first = await start();
  // The connector's host is busy for as long as the first runner lives.
  rig.vendor.normalize = () => new Promise(() => {});
  await deliver(first.runtime, [item(1), item(2)]);
  await first.kill();
  rig.vendor.normalize = normalizeContacts;
  const second = await rig.runner({ options: { leaseMs: 1000 } });
  await expect.poll(() => eventIds(second.runtime), { timeout: 20_000 }).toEqual(['7:1', '7:2']);
}, 30_000);

test('ingress: when the database is gone a vendor is told to come back', async () => {
  await start();
  const store = await openStore({ url: rig.database.url, applicationName: 'test' });
  let isGone = false;
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const query: Store['query'] = (statement) => (isGone ? Promise.reject(refused) : store.query(statement));
  const { runtime } = await rig.runner({ store: { ...store, query } });
  isGone = true;
  expect(await deliver(runtime, [item(1)])).toMatchObject({
    kind: 'refused',
    status: 503,
    retryAfterSeconds: 1,
  });
  isGone = false;
  expect(await deliver(runtime, [item(1)])).toMatchObject({ kind: 'accepted', duplicate: false });
  await runtime.idle();
  await runtime.stop({ timeoutMs: 1000 });
  await store.close();
});

test('ingress: a probe without items is answered when its signature holds; a challenge is echoed', async () => {
  const { runtime } = await start({ challenge: { kind: 'signature-probe' } });
  expect(await deliver(runtime, [])).toMatchObject({ kind: 'challenge', status: 200 });
  expect(await deliver(runtime, 'forged')).toMatchObject({ kind: 'refused', status: 401 });
  await rig.close();
  const other = await start({
    items: undefined as never,
    challenge: { kind: 'echo', pointer: '/challenge', as: 'json' },
  });
  expect(await deliver(other.runtime, { challenge: 'abc' })).toEqual({
    kind: 'challenge',
    status: 200,
    contentType: 'application/json',
    body: '{"challenge":"abc"}',
  });
});
