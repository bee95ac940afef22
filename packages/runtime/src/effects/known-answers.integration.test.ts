import { defineFlow } from '@onceover/automation';
import { billing, ConfigurationError, crm, type Guarantee, readPointerText } from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { afterEach, expect, test } from 'vitest';
import { createRig, flowFacts, paidInvoice, type Rig, upsert } from '../testing/create-rig.ts';
import { applyTo, createFakeBroker } from '../testing/fake-broker.ts';

/** An answer that has come is kept, and a run that ends leaves no write of which nothing is said. */

let rig: Rig;
const stores: Store[] = [];
afterEach(async () => {
  await rig.close();
  for (const store of stores.splice(0)) await store.close();
});

const none: Guarantee = { kind: 'none' };
const key: Guarantee = { kind: 'idempotencyKey', header: 'Idempotency-Key', hours: 24 };
const twoSteps = defineFlow({ ...flowFacts, id: 'two-steps', on: billing.invoicePaid })
  .step('one', crm.contacts.upsert, () => ({ connection: 'crm', records: [{ email: 'a@example.com' }] }))
  .step('two', crm.contacts.upsert, () => ({ connection: 'crm', records: [{ email: 'b@example.com' }] }));

/** A store whose statements fail where `failure` gives an error. */
async function failingStore(
  failure: (statement: { name: string; values: unknown[] }) => Error | undefined,
): Promise<Store> {
  const opened = await openStore({ url: rig.database.url, applicationName: 'test', maxConnections: 8 });
  stores.push(opened);
  const query: Store['query'] = (statement) => {
    const error = failure(statement);
    return error === undefined ? opened.query(statement) : Promise.reject(error);
  };
  return { ...opened, query };
}

const sqlError = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });
const holds = (values: readonly unknown[], text: string) =>
  values.some((value) => Buffer.isBuffer(value) && value.includes(text));

const effects = async () =>
  (await rig.rows('effects'))
    .toSorted((a, b) => (String(a['natural_key']) < String(b['natural_key']) ? -1 : 1))
    .map(({ natural_key: naturalKey, outcome, attempts }) => [naturalKey, outcome, attempts]);
const runs = async () =>
  (await rig.rows('runs')).map(({ status, waiting_for: waitingFor }) => [status, waitingFor]);

test('known answers: a runner that stood still between two steps keeps the first one’s answer', async () => {
  rig = await createRig({ operations: [{ ...upsert, guarantee: none }], flows: { twoSteps } });
  let offset = 0;
  rig.vendor.answer = () => {
    // For its own clock the lease is over; for the database's it is not.
    if (rig.vendor.sent.length === 1) offset = 60_000;
    return undefined;
  };
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() + offset };
  const { runtime } = await rig.runner({ clock });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await effects()).toEqual([
    ['a@example.com', 'created', 1],
    ['b@example.com', 'created', 1],
  ]);
  expect(await runs()).toEqual([['succeeded', null]]);
});

test('known answers: a connection that breaks before the next run costs the first one nothing', async () => {
  const operations = [{ ...upsert, guarantee: none }];
  rig = await createRig({ operations });
  const broker = createFakeBroker({ vendor: rig.vendor, operations });
  let broke = 0;
  const info: typeof broker.info = async (...facts) => {
    if (rig.vendor.sent.length !== 1 || broke > 0) return broker.info(...facts);
    broke += 1;
    throw sqlError('57P01');
  };
  const { runtime } = await rig.runner({ broker: { ...broker, info } });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1'), paidInvoice('a2')] });
  await runtime.idle();
  expect(broke).toBe(1);
  expect((await effects()).map(([, outcome]) => outcome)).toEqual(['created', 'updated']);
  expect(await runs()).toEqual([
    ['succeeded', null],
    ['succeeded', null],
  ]);
});

test('known answers: an intent that was stored too late to be sent is no sending', async () => {
  rig = await createRig({ operations: [{ ...upsert, guarantee: none }] });
  let offset = 0;
  const store = await failingStore(({ name, values }) => {
    // The commit of the intent takes longer than the lease, by the runner's clock.
    if (name === 'save-progress' && holds(values, 'effect-intended') && offset === 0) offset = 60_000;
    return undefined;
  });
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() + offset };
  const { runtime } = await rig.runner({ store, clock });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(rig.vendor.sent).toHaveLength(1);
  expect((await effects()).map(([, outcome]) => outcome)).toEqual(['created']);
  expect(await runs()).toEqual([['succeeded', null]]);
  await runtime.stop({ timeoutMs: 1000 });
});

test.each(['25006', '53100', '57014', '57P01', '08006'])(
  'known answers: an outcome is stored when the database comes back from %s, not asked about',
  async (code) => {
    rig = await createRig({ operations: [{ ...upsert, guarantee: none }] });
    let failures = 0;
    const store = await failingStore(({ name, values }) => {
      if (name !== 'save-progress' || !holds(values, 'effect-concluded') || failures >= 3) return undefined;
      failures += 1;
      return sqlError(code);
    });
    const { runtime } = await rig.runner({ store });
    await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
    await runtime.idle();
    expect(failures).toBe(3);
    expect(rig.vendor.sent).toHaveLength(1);
    expect((await effects()).map(([, outcome]) => outcome)).toEqual(['created']);
    expect((await rig.entries()).filter(({ kind }) => kind === 'run-finished')).toHaveLength(1);
    await runtime.stop({ timeoutMs: 1000 });
  },
);

const fewAttempts = defineFlow({
  ...flowFacts,
  id: 'few',
  on: billing.invoicePaid,
  retry: { maxAttempts: 2, maxHours: 24 },
}).step('contacts', crm.contacts.upsert, () => ({
  connection: 'crm',
  records: [{ email: 'a@example.com' }, { email: 'b@example.com' }],
}));

test('run ends: a connection that goes while a write is open does not end the run as failed', async () => {
  const operations = [{ ...upsert, guarantee: key }];
  rig = await createRig({ operations, flows: { fewAttempts } });
  rig.vendor.answer = (sent) => {
    applyTo(rig.vendor, sent);
    return 'lost';
  };
  const broker = createFakeBroker({ vendor: rig.vendor, operations });
  const info: typeof broker.info = async (...facts) => {
    if (rig.vendor.sent.length === 0) return broker.info(...facts);
    throw new ConfigurationError('no connection', { code: 'connection_unknown' });
  };
  const { runtime } = await rig.runner({ broker: { ...broker, info } });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await rig.rows('runs')).toMatchObject([
    { status: 'dead_lettered', attempts: 2, error: { code: 'connection_unknown' } },
  ]);
  // The second record was never sent.
  expect(await effects()).toEqual([
    ['a@example.com', 'outcome_unknown', 1],
    ['b@example.com', null, 0],
  ]);
});

test('run ends: a connection that is gone is asked for nothing by a step that is done', async () => {
  const twoPlaces = defineFlow({ ...flowFacts, id: 'two-places', on: billing.invoicePaid })
    .step('one', crm.contacts.upsert, () => ({ connection: 'gone', records: [{ email: 'a@example.com' }] }))
    .step('two', crm.contacts.upsert, ({ one }) => ({
      connection: 'crm',
      records: [{ email: 'b@example.com', firstName: one.effects[0]?.vendorId ?? '?' }],
    }));
  const facts = { operations: [upsert], connections: [{ id: 'crm' }, { id: 'gone' }] };
  rig = await createRig({ ...facts, flows: { twoPlaces } });
  rig.vendor.answer = () => (rig.vendor.sent.length === 2 ? 'lost' : undefined);
  const broker = createFakeBroker({ vendor: rig.vendor, ...facts });
  const info: typeof broker.info = async (tenant, connection, operation) => {
    if (connection !== 'gone' || rig.vendor.sent.length === 0) {
      return broker.info(tenant, connection, operation);
    }
    throw new ConfigurationError('no connection', { code: 'connection_unknown' });
  };
  const { runtime } = await rig.runner({ broker: { ...broker, info } });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await runs()).toEqual([['succeeded', null]]);
  expect(rig.vendor.sent.map(({ records }) => readPointerText(records[0]?.record, '/firstName'))).toEqual([
    undefined,
    'v1',
    'v1',
  ]);
});

test('run ends: the last attempt leaves no record of it open, also one that waits for its look-up', async () => {
  const guarantee: Guarantee = { kind: 'lookup', field: 'externalId', lagSeconds: 60 };
  rig = await createRig({ operations: [{ ...upsert, guarantee }], flows: { fewAttempts } });
  rig.vendor.answer = ({ records }) =>
    records[0]?.naturalKey === 'a@example.com'
      ? { outcomes: [{ outcome: 'outcome_unknown', reason: 'left out' }] }
      : 'unsent';
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await effects()).toEqual([
    ['a@example.com', 'outcome_unknown', 1],
    ['b@example.com', 'failed', 2],
  ]);
  expect(await runs()).toEqual([['dead_lettered', null]]);
});

test('run ends: a look-up that comes too late leaves the record to a person', async () => {
  const guarantee: Guarantee = { kind: 'lookup', field: 'externalId', lagSeconds: 60 };
  const one = defineFlow({
    ...flowFacts,
    id: 'one',
    on: billing.invoicePaid,
    retry: { maxAttempts: 1, maxHours: 24 },
  }).step('contact', crm.contacts.upsert, () => ({
    connection: 'crm',
    records: [{ email: 'a@example.com' }],
  }));
  rig = await createRig({ operations: [{ ...upsert, guarantee }], flows: { one } });
  rig.vendor.answer = () => 'lost';
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await effects()).toEqual([['a@example.com', 'outcome_unknown', 1]]);
  expect(await runs()).toEqual([['waiting', 'outcome']]);
});

test('run ends: an outcome that cannot be stored counts as an attempt, and does not take other runs along', async () => {
  const flow = defineFlow({
    ...flowFacts,
    id: 'invoice-paid',
    on: billing.invoicePaid,
    orderBy: () => 'all of them',
    retry: { maxAttempts: 3, maxHours: 24 },
  }).step('contact', crm.contacts.upsert, ({ event }) => ({
    connection: 'crm',
    records: [{ email: event.data.customer.email }],
  }));
  rig = await createRig({ flows: { flow } });
  rig.vendor.answer = ({ records }) => ({
    outcomes: records.map(({ naturalKey }) => ({
      outcome: 'created',
      vendorId: naturalKey === 'bad@example.com' ? 'unstorable' : 'v1',
    })),
  });
  const store = await failingStore(({ name, values }) =>
    name === 'save-progress' && holds(values, 'unstorable') ? sqlError('54000') : undefined,
  );
  const { runtime } = await rig.runner({ store });
  const envelopes = [paidInvoice('a1'), paidInvoice('a2', 'bad@example.com'), paidInvoice('a3')];
  await runtime.acceptEvents({ tenant: 'default', envelopes });
  await runtime.idle();
  expect(rig.vendor.sent.filter(({ records }) => records[0]?.naturalKey === 'bad@example.com')).toHaveLength(
    3,
  );
  const { items } = await runtime.listRuns({ tenant: 'default' });
  expect(items.map(({ event, status, attempts }) => [event.id, status, attempts])).toEqual([
    ['a3', 'succeeded', 1],
    ['a2', 'dead_lettered', 3],
    ['a1', 'succeeded', 1],
  ]);
  // It was done; what the vendor calls it could not be kept.
  expect((await effects()).map(([naturalKey, outcome]) => [naturalKey, outcome])).toEqual([
    ['ada@example.com', 'created'],
    ['ada@example.com', 'created'],
    ['bad@example.com', 'outcome_unknown'],
  ]);
  await runtime.stop({ timeoutMs: 1000 });
});

test('run ends: a natural key that no index could hold is refused before anything is sent', async () => {
  const long = defineFlow({ ...flowFacts, id: 'long', on: billing.invoicePaid }).step(
    'contact',
    crm.contacts.upsert,
    () => ({ connection: 'crm', records: [{ email: 'a@example.com', vendor: { ref: 'x'.repeat(513) } }] }),
  );
  rig = await createRig({
    operations: [{ ...upsert, naturalKey: [{ pointer: '/vendor/ref', canonical: 'exact' }] }],
    flows: { long },
  });
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(rig.vendor.sent).toEqual([]);
  expect(await rig.rows('runs')).toMatchObject([
    { status: 'dead_lettered', error: { code: 'natural_key_too_long', path: '/0/records/0' } },
  ]);
});
