import { ask, defineEvent, defineFlow, definePolicy, schedule } from '@onceover/automation';
import { billing, crm, errorToData, type JsonValue, UpstreamError } from '@onceover/contract';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { LoadedAutomation } from '../ports.ts';
import { createRig, flowFacts, paidInvoice, type Rig } from '../testing/create-rig.ts';
import { hostAutomation } from '../testing/host-automation.ts';

let rig: Rig;
afterEach(() => rig.close());
const tenant = 'default';

test('events: a batch is all or nothing, and each problem has its place', async () => {
  rig = await createRig();
  const { runtime } = await rig.runner();
  const bad = paidInvoice('a2');
  const answer = await runtime.acceptEvents({
    tenant,
    envelopes: [
      paidInvoice('a1'),
      { ...bad, data: { ...(bad['data'] as object), amount: { amount: 100, currency: 'USD' } } },
      { ...paidInvoice('a3'), type: 'billing.invoice-paid.v9' },
      { ...paidInvoice('a4'), type: 'billing.nothing.v1' },
      { ...paidInvoice('a5'), type: 'paid' },
      { ...paidInvoice('a6'), specversion: '0.3' },
      { ...paidInvoice('a7'), id: 'broken\u0000' },
      { ...paidInvoice('a8'), data: undefined },
      'no object',
    ],
  });
  expect(answer).toEqual({
    errors: [
      { pointer: '/1/data/amount/amount', detail: expect.any(String) },
      { pointer: '/2/type', detail: expect.stringContaining('known: 1') },
      { pointer: '/3/type', detail: expect.stringContaining('GET /v1/event-types') },
      { pointer: '/4/type', detail: expect.stringContaining('billing.invoice-paid.v1') },
      { pointer: '/5/specversion', detail: expect.any(String) },
      { pointer: '/6/id', detail: expect.any(String) },
      { pointer: '/7/data', detail: expect.any(String) },
      { pointer: '/8', detail: expect.any(String) },
    ],
  });
  expect(await rig.rows('events')).toEqual([]);
});

test('events: one is unique by tenant, source and id, however often and at once it comes', async () => {
  rig = await createRig();
  const { runtime } = await rig.runner();
  const many = await Promise.all(
    Array.from({ length: 20 }, () => runtime.acceptEvents({ tenant, envelopes: [paidInvoice('a1')] })),
  );
  const duplicates = many
    .flatMap((answer) => ('events' in answer ? answer.events : []))
    .map(({ duplicate }) => duplicate);
  expect(duplicates.filter((duplicate) => !duplicate)).toHaveLength(1);
  expect(duplicates).toHaveLength(20);
  const mixed = await runtime.acceptEvents({
    tenant,
    envelopes: [
      paidInvoice('a1'),
      paidInvoice('a2'),
      paidInvoice('a2'),
      { ...paidInvoice('a1'), source: '/other' },
    ],
  });
  expect(mixed).toMatchObject({
    events: [{ duplicate: true }, { duplicate: false }, { duplicate: true }, { duplicate: false }],
  });
  await runtime.idle();
  expect(rig.vendor.sent).toHaveLength(3);
});

test('events: digits that a double would lose survive to the flow and to the vendor', async () => {
  const exact = defineFlow({ ...flowFacts, id: 'exact', on: billing.invoicePaid }).step(
    'contact',
    crm.contacts.upsert,
    ({ event }) => ({
      connection: 'crm',
      records: [{ email: event.data.customer.email, firstName: event.data.amount.amount }],
    }),
  );
  rig = await createRig({ flows: { exact } });
  const { runtime } = await rig.runner();
  const event = paidInvoice('a1');
  const amount = { amount: '90071992547409931.10', currency: 'USD' };
  await runtime.acceptEvents({
    tenant,
    envelopes: [{ ...event, data: { ...(event['data'] as object), amount } }],
  });
  await runtime.idle();
  expect(rig.vendor.sent[0]?.records[0]?.record).toMatchObject({ firstName: amount.amount });
});

test('events: an orderBy that throws is a dead letter of that flow alone; one without a key is a lane of its own', async () => {
  const facts = { ...flowFacts, on: billing.invoicePaid };
  const contact = () => ({ connection: 'crm', records: [{ email: 'ada@example.com' }] }) as const;
  const throwing = defineFlow({
    ...facts,
    id: 'throwing',
    orderBy: () => {
      throw new Error('no key for this');
    },
  }).step('contact', crm.contacts.upsert, contact);
  const keyless = defineFlow({ ...facts, id: 'keyless' }).step('contact', crm.contacts.upsert, contact);
  rig = await createRig({ flows: { throwing, keyless } });
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant, envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  const { items } = await runtime.listRuns({ tenant });
  const byFlow = Object.fromEntries(items.map((run) => [run.flow, run]));
  expect(byFlow['throwing']).toMatchObject({
    status: 'dead_lettered',
    error: { message: expect.stringContaining('no key for this') },
  });
  expect(byFlow['keyless']).toMatchObject({ status: 'succeeded', key: '/tests a1' });
  const finished = (await rig.entries()).filter(({ kind }) => kind === 'run-finished');
  expect(finished).toHaveLength(2);
});

const seenV1 = defineEvent({
  name: 'shop.seen',
  version: 1,
  summary: 'Seen.',
  schema: z.strictObject({ mail: z.string() }),
  example: { mail: 'ada@example.com' },
});
const seenV2 = defineEvent({
  name: 'shop.seen',
  version: 2,
  summary: 'Seen.',
  schema: z.strictObject({ email: z.string() }),
  example: { email: 'ada@example.com' },
  upcast: (previous) => ({ email: (previous as { mail: string }).mail }),
});

test('events: data of an older version reaches a flow of the newer one through its upcast', async () => {
  const seen = defineFlow({
    ...flowFacts,
    id: 'seen',
    on: seenV2,
    orderBy: ({ event }) => event.data.email,
  }).step('contact', crm.contacts.upsert, ({ event }) => ({
    connection: 'crm',
    records: [{ email: event.data.email }],
  }));
  rig = await createRig({ flows: { seen, seenV1, seenV2 } });
  const { runtime } = await rig.runner();
  const envelope = {
    specversion: '1.0',
    id: 's1',
    source: '/shop',
    type: 'shop.seen.v1',
    data: { mail: 'ada@example.com' },
  };
  expect(await runtime.acceptEvents({ tenant, envelopes: [envelope] })).toHaveProperty('events');
  await runtime.idle();
  expect((await runtime.listRuns({ tenant })).items).toMatchObject([
    { status: 'succeeded', key: 'ada@example.com', event: { type: 'shop.seen.v1' } },
  ]);
  const types = runtime.eventTypes().filter(({ name }) => name === 'shop.seen');
  expect(types.map(({ version }) => version)).toEqual([1, 2]);
});

test('events: two versions of a flow may be loaded, and new events start the latest', async () => {
  const step = () => ({ connection: 'crm', records: [{ email: 'ada@example.com' }] }) as const;
  const one = defineFlow({ ...flowFacts, id: 'versioned', on: billing.invoicePaid }).step(
    'contact',
    crm.contacts.upsert,
    step,
  );
  const two = defineFlow({ ...flowFacts, id: 'versioned', version: 2, on: billing.invoicePaid }).step(
    'contact',
    crm.contacts.upsert,
    step,
  );
  rig = await createRig({ flows: { one } });
  const automations = [await hostAutomation('old', { one }), await hostAutomation('new', { two })];
  const { runtime } = await rig.runner({ automations });
  await runtime.acceptEvents({ tenant, envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect((await runtime.listRuns({ tenant })).items).toMatchObject([{ flowVersion: 2, status: 'succeeded' }]);
});

test('events: a schedule and a policy refuse the start, and say so', async () => {
  rig = await createRig();
  const nightly = defineFlow({
    ...flowFacts,
    id: 'nightly',
    on: schedule('Europe/Berlin', '0 2 * * *'),
  }).step('contact', crm.contacts.upsert, () => ({
    connection: 'crm',
    records: [{ email: 'ada@example.com' }],
  }));
  await expect(
    rig.runner({ automations: [await hostAutomation('nightly', { nightly })] }),
  ).rejects.toMatchObject({
    code: 'schedule_not_run',
    message: expect.stringContaining('nightly'),
  });
  const policy = definePolicy({
    id: 'refunds',
    version: 1,
    on: billing.refunds.create,
    rules: (rule) => [rule('always', () => true, ask({ role: 'finance', expiresIn: { hours: 1 } }))],
  });
  await expect(
    rig.runner({ automations: [await hostAutomation('refunds', { policy })] }),
  ).rejects.toMatchObject({
    code: 'policy_not_enforced',
  });
});

test('events: one that comes while the hosts are closed is no dead letter, and is recorded when it comes again', async () => {
  const ordered = defineFlow({
    ...flowFacts,
    id: 'ordered',
    on: billing.invoicePaid,
    orderBy: ({ event }) => event.data.customer.email,
  }).step('contact', crm.contacts.upsert, ({ event }) => ({
    connection: 'crm',
    records: [{ email: event.data.customer.email }],
  }));
  rig = await createRig();
  const hosted = await hostAutomation('tests', { ordered });
  let isClosed = true;
  const request: LoadedAutomation['request'] = async (message) => {
    if (!isClosed) return hosted.request(message);
    const error = errorToData(new UpstreamError('The host is closed', { code: 'host_closed' }));
    return { kind: 'error', error } as unknown as JsonValue;
  };
  const { runtime } = await rig.runner({ automations: [{ ...hosted, request }] });
  const accept = () => runtime.acceptEvents({ tenant, envelopes: [paidInvoice('a1')] });
  await expect(accept()).rejects.toMatchObject({ code: 'host_closed' });
  expect(await rig.rows('events')).toEqual([]);
  isClosed = false;
  expect(await accept()).toMatchObject({ events: [{ duplicate: false }] });
  await runtime.idle();
  expect(await rig.rows('runs')).toMatchObject([{ status: 'succeeded', key: 'ada@example.com' }]);
});
