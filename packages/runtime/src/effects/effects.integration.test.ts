import { defineFlow } from '@onceover/automation';
import {
  billing,
  type ErrorData,
  errorToData,
  type Guarantee,
  NotFoundError,
  RateLimitError,
  support,
  UpstreamError,
  ValidationError,
  crm,
} from '@onceover/contract';
import { afterEach, expect, test } from 'vitest';
import {
  createRig,
  flowFacts,
  paidInvoice,
  type Rig,
  type RigOptions,
  upsert,
} from '../testing/create-rig.ts';
import type { FakeOperation } from '../testing/fake-broker.ts';

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

/** A rig with one operation, a runner, and one event accepted. */
async function oneEvent(
  operation: Partial<FakeOperation>,
  prepare: (rig: Rig) => void,
  options: RigOptions = {},
) {
  rig = await createRig({ ...options, operations: [{ ...upsert, ...operation }] });
  prepare(rig);
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  return runtime;
}

const overloaded = (status = 503): { status: number; error: ErrorData } => ({
  status,
  error: errorToData(new UpstreamError(`The vendor answered ${status}`, { code: `http_${status}`, status })),
});
const key: Guarantee = { kind: 'idempotencyKey', header: 'Idempotency-Key', hours: 24 };
const lookupAfter = (lagSeconds: number): Guarantee => ({ kind: 'lookup', field: 'externalId', lagSeconds });

async function theRun(runtime: Awaited<ReturnType<typeof oneEvent>>) {
  const { items } = await runtime.listRuns({ tenant: 'default', expandSteps: true });
  expect(items).toHaveLength(1);
  const [run] = items;
  if (run === undefined) throw new Error('no run');
  return { run, effects: run.steps?.flatMap(({ effects }) => effects) ?? [] };
}

test('effects: a lost answer of class A is settled by the same bytes under the same key', async () => {
  const runtime = await oneEvent({ guarantee: key }, ({ vendor }) => {
    vendor.answer = () => (vendor.sent.length === 1 ? 'lost' : undefined);
  });
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run).toMatchObject({ status: 'succeeded', attempts: 2 });
  expect(effects).toMatchObject([{ outcome: 'created', attempts: 2, class: 'A' }]);
  const [first, second] = rig.vendor.sent;
  expect(second).toMatchObject({ isResumed: true, write: first?.write });
});

test('effects: an unsent write is a plain retry whatever the guarantee', async () => {
  const runtime = await oneEvent({ guarantee: { kind: 'none' } }, ({ vendor }) => {
    vendor.answer = () => (vendor.sent.length <= 2 ? 'unsent' : undefined);
  });
  await runtime.idle();
  expect((await theRun(runtime)).run).toMatchObject({ status: 'succeeded', attempts: 3 });
});

test('effects: class C stops at outcome_unknown after a lost answer, and nothing goes out again', async () => {
  const runtime = await oneEvent({ guarantee: { kind: 'none' } }, ({ vendor }) => {
    vendor.answer = () => 'lost';
  });
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run).toMatchObject({ status: 'waiting', waitingFor: 'outcome', finishedAt: null });
  expect(effects).toMatchObject([{ outcome: 'outcome_unknown', class: 'C', attempts: 1 }]);
  expect(rig.vendor.sent).toHaveLength(1);
  // A later event of the lane waits behind it.
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a2')] });
  await runtime.idle();
  const { items } = await runtime.listRuns({ tenant: 'default' });
  expect(items[0]).toMatchObject({ status: 'waiting', waitingFor: 'lane' });
  expect(rig.vendor.sent).toHaveLength(1);
});

test('effects: class C stops at outcome_unknown after a 5xx', async () => {
  const runtime = await oneEvent({ guarantee: { kind: 'none' } }, ({ vendor }) => {
    vendor.answer = () => overloaded();
  });
  await runtime.idle();
  expect((await theRun(runtime)).run).toMatchObject({ status: 'waiting', waitingFor: 'outcome' });
  expect(rig.vendor.sent).toHaveLength(1);
});

test('effects: class B looks up after a lost answer and concludes what it finds', async () => {
  const runtime = await oneEvent({ guarantee: lookupAfter(0.05) }, ({ vendor }) => {
    vendor.answer = () => 'lost';
    vendor.lookup = () => ['found-1'];
  });
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run.status).toBe('succeeded');
  expect(effects).toMatchObject([{ outcome: 'created', vendorId: 'found-1', class: 'B', attempts: 1 }]);
  expect(rig.vendor.sent).toHaveLength(1);
});

test('effects: class B sends again what the look-up does not know, not before the lag is over', async () => {
  let sentAt = 0;
  let lookedUpAt = 0;
  const runtime = await oneEvent({ guarantee: lookupAfter(0.3) }, ({ vendor }) => {
    vendor.answer = () => {
      if (vendor.sent.length > 1) return undefined;
      sentAt = performance.now();
      return 'lost';
    };
    vendor.lookup = (records) => {
      lookedUpAt ||= performance.now();
      return records.map(() => null);
    };
  });
  await runtime.idle();
  expect((await theRun(runtime)).run.status).toBe('succeeded');
  expect(rig.vendor.sent).toHaveLength(2);
  expect(lookedUpAt - sentAt).toBeGreaterThanOrEqual(300);
});

test('effects: a first 5xx under a key goes again, the same 5xx twice is unknown: absent at the look-up asks a person', async () => {
  const guarantee: Guarantee = {
    ...key,
    kind: 'idempotencyKey',
    header: 'K',
    hours: 24,
    then: lookupAfter(0.05),
  };
  const runtime = await oneEvent({ guarantee }, ({ vendor }) => {
    vendor.answer = () => overloaded(500);
    vendor.lookup = (records) => records.map(() => null);
  });
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run).toMatchObject({ status: 'waiting', waitingFor: 'outcome' });
  expect(effects).toMatchObject([{ outcome: 'outcome_unknown', attempts: 2 }]);
  expect(rig.vendor.sent).toHaveLength(2);
});

test('effects: a 5xx that the vendor replays is unknown at once, and a look-up that finds it concludes it', async () => {
  const guarantee: Guarantee = { kind: 'idempotencyKey', header: 'K', hours: 24, then: lookupAfter(0.05) };
  const runtime = await oneEvent({ guarantee }, ({ vendor }) => {
    vendor.answer = () => ({ ...overloaded(500), replayed: true });
    vendor.lookup = () => ['found-1'];
  });
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run.status).toBe('succeeded');
  expect(effects).toMatchObject([{ outcome: 'created', vendorId: 'found-1' }]);
  expect(rig.vendor.sent).toHaveLength(1);
});

test('effects: past the life of its key a lost write is not sent again', async () => {
  const guarantee: Guarantee = { kind: 'idempotencyKey', header: 'K', hours: 0.01 / 3600 };
  const runtime = await oneEvent({ guarantee }, ({ vendor }) => {
    vendor.answer = () => 'lost';
  });
  await runtime.idle();
  expect((await theRun(runtime)).run).toMatchObject({ status: 'waiting', waitingFor: 'outcome' });
  expect(rig.vendor.sent).toHaveLength(1);
});

test('effects: a 429 waits as long as the vendor asks and sends the same bytes again', async () => {
  const at: number[] = [];
  const runtime = await oneEvent({ guarantee: { kind: 'none' } }, ({ vendor }) => {
    vendor.answer = () => {
      at.push(performance.now());
      const error = errorToData(new RateLimitError('too fast', { retry: { afterMs: 400 } }));
      return vendor.sent.length === 1 ? { status: 429, error } : undefined;
    };
  });
  await runtime.idle();
  expect((await theRun(runtime)).run).toMatchObject({ status: 'succeeded', attempts: 2 });
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(400);
  expect(rig.vendor.sent[1]).toMatchObject({ isResumed: true });
});

test('effects: a class C write that was done is not done again because a read after it came too fast', async () => {
  const runtime = await oneEvent({ guarantee: { kind: 'none' } }, ({ vendor }) => {
    vendor.answer = () => ({ status: 200, error: errorToData(new RateLimitError('too fast')) });
  });
  await runtime.idle();
  expect((await theRun(runtime)).run).toMatchObject({ status: 'waiting', waitingFor: 'outcome' });
  expect(rig.vendor.sent).toHaveLength(1);
});

function oneStepFlow(retry: { maxAttempts: number; maxHours: number }) {
  const flow = defineFlow({ ...flowFacts, id: 'invoice-paid', on: billing.invoicePaid, retry });
  return flow.step('contact', crm.contacts.upsert, ({ event }) => ({
    connection: 'crm',
    records: [{ email: event.data.customer.email }],
  }));
}

/** Calls that were to wait before they left, as the broker says it. */
function holdBack(times: number, code: string, afterMs = 20) {
  let left = times;
  return async () => {
    if (left === 0) return;
    left -= 1;
    throw new RateLimitError('held back', { code, retry: { afterMs } });
  };
}

test('effects: a call that was held back before it left is no attempt, and its lane stays in order', async () => {
  const flow = oneStepFlow({ maxAttempts: 2, maxHours: 1 });
  const runtime = await oneEvent(
    {},
    ({ vendor }) => {
      vendor.beforeHooks = holdBack(6, 'held_back_budget');
    },
    { flows: { flow } },
  );
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a2')] });
  await expect
    .poll(async () => (await runtime.listRuns({ tenant: 'default' })).items.at(-1))
    .toMatchObject({
      status: 'waiting',
      waitingFor: 'retry',
      attempts: 0,
      error: { code: 'held_back_budget' },
    });
  await runtime.idle();
  const { items } = await runtime.listRuns({ tenant: 'default' });
  expect(items).toMatchObject([
    { status: 'succeeded', attempts: 1, event: { id: 'a2' } },
    { status: 'succeeded', attempts: 1, event: { id: 'a1' } },
  ]);
  expect(rig.vendor.sent.map(({ records }) => records[0]?.effectKey)).toHaveLength(2);
});

test('effects: a vendor that is not there is given up in time, also when nobody asks it', async () => {
  const flow = oneStepFlow({ maxAttempts: 50, maxHours: 0.05 / 3600 });
  const runtime = await oneEvent(
    {},
    ({ vendor }) => {
      vendor.beforeHooks = holdBack(1000, 'held_back_breaker', 60);
    },
    { flows: { flow } },
  );
  await runtime.idle();
  expect((await theRun(runtime)).run).toMatchObject({
    status: 'dead_lettered',
    error: { code: 'held_back_breaker' },
  });
  expect(rig.vendor.sent).toEqual([]);
});

test('effects: a refusal that cannot be helped is a dead letter at once, and the lane goes on', async () => {
  const error = errorToData(new ValidationError('no such property', { code: 'http_400', path: '/x' }));
  const runtime = await oneEvent({}, ({ vendor }) => {
    vendor.answer = () => (vendor.sent.length === 1 ? { status: 400, error } : undefined);
  });
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a2')] });
  await runtime.idle();
  const { items } = await runtime.listRuns({ tenant: 'default', expandSteps: true });
  expect(items.map(({ status, error: shown }) => [status, shown?.code])).toEqual([
    ['succeeded', undefined],
    ['dead_lettered', 'http_400'],
  ]);
  expect(items[1]?.steps).toMatchObject([{ status: 'failed', effects: [{ outcome: 'failed' }] }]);
});

test('effects: a vendor that never recovers is given up after the flow’s attempts', async () => {
  const flow = oneStepFlow({ maxAttempts: 3, maxHours: 1 });
  const runtime = await oneEvent(
    {},
    ({ vendor }) => {
      vendor.answer = () => overloaded();
    },
    { flows: { flow } },
  );
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run).toMatchObject({ status: 'dead_lettered', attempts: 3, error: { code: 'http_503' } });
  // Nobody knows whether one of the three took effect.
  expect(effects).toMatchObject([{ outcome: 'outcome_unknown', attempts: 3 }]);
  const finished = (await rig.entries()).filter(({ kind }) => kind === 'run-finished');
  expect(finished).toHaveLength(1);
});

test('effects: a link to a record that is gone is forgotten, and the write planned anew once', async () => {
  const error = errorToData(new NotFoundError('gone', { code: 'http_404' }));
  rig = await createRig();
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  let isGone = true;
  rig.vendor.answer = () => {
    if (!isGone) return { outcomes: [{ outcome: 'created', vendorId: 'new' }] };
    isGone = false;
    return { status: 404, error };
  };
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a2')] });
  await runtime.idle();
  const { items } = await runtime.listRuns({ tenant: 'default' });
  expect(items[0]).toMatchObject({ status: 'succeeded', attempts: 1 });
  expect(rig.vendor.sent).toHaveLength(3);
  expect(rig.vendor.sent[2]?.isResumed).toBe(false);
  expect(await rig.rows('links')).toMatchObject([{ vendor_id: 'new' }]);
});

test('effects: a 404 without a link is a dead letter', async () => {
  const error = errorToData(new NotFoundError('gone', { code: 'http_404' }));
  const runtime = await oneEvent({}, ({ vendor }) => {
    vendor.answer = () => ({ status: 404, error });
  });
  await runtime.idle();
  expect((await theRun(runtime)).run).toMatchObject({ status: 'dead_lettered' });
  expect(rig.vendor.sent).toHaveLength(1);
});

const threeContacts = defineFlow({ ...flowFacts, id: 'three', on: billing.invoicePaid }).step(
  'contacts',
  crm.contacts.upsert,
  () => ({ connection: 'crm', records: ['a', 'b', 'c'].map((name) => ({ email: `${name}@example.com` })) }),
);

test('effects: records are split into calls by the operation’s batch, each with a key of its own', async () => {
  const runtime = await oneEvent({ batch: 2 }, () => {}, { flows: { threeContacts } });
  await runtime.idle();
  expect(rig.vendor.sent.map(({ records }) => records.length)).toEqual([2, 1]);
  const { effects } = await theRun(runtime);
  expect(effects.map(({ naturalKey, outcome }) => [naturalKey, outcome])).toEqual([
    ['a@example.com', 'created'],
    ['b@example.com', 'created'],
    ['c@example.com', 'created'],
  ]);
  const keys = (await rig.rows('effects')).map(({ key: own }) => own);
  expect(new Set(keys).size).toBe(3);
});

test('effects: of a partial failure only the failed records go again', async () => {
  const busy = errorToData(new UpstreamError('record is locked', { code: 'locked' }));
  const runtime = await oneEvent(
    { batch: 10 },
    ({ vendor }) => {
      vendor.answer = () =>
        vendor.sent.length > 1
          ? undefined
          : {
              outcomes: [
                { outcome: 'created', vendorId: 'va' },
                { outcome: 'failed', error: busy },
                { outcome: 'unchanged', vendorId: 'vc' },
              ],
            };
    },
    { flows: { threeContacts } },
  );
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run).toMatchObject({ status: 'succeeded', attempts: 2 });
  expect(rig.vendor.sent[1]?.records.map(({ naturalKey }) => naturalKey)).toEqual(['b@example.com']);
  expect(rig.vendor.sent[1]?.isResumed).toBe(false);
  expect(effects.map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
    ['created', 1],
    ['created', 2],
    ['unchanged', 1],
  ]);
});

test('effects: a record that fails for good leaves the others applied and the run a dead letter', async () => {
  const bad = errorToData(new ValidationError('not an address', { code: 'invalid_email' }));
  const runtime = await oneEvent(
    { batch: 10 },
    ({ vendor }) => {
      vendor.answer = () => ({
        outcomes: [
          { outcome: 'created', vendorId: 'va' },
          { outcome: 'failed', error: bad },
          { outcome: 'created', vendorId: 'vc' },
        ],
      });
    },
    { flows: { threeContacts } },
  );
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run).toMatchObject({ status: 'dead_lettered', error: { code: 'invalid_email' } });
  expect(effects.map(({ outcome }) => outcome)).toEqual(['created', 'failed', 'created']);
  expect(rig.vendor.sent).toHaveLength(1);
});

test('effects: a record that the answer leaves out is unknown, not failed and not applied', async () => {
  const runtime = await oneEvent(
    { batch: 10, guarantee: { kind: 'none' } },
    ({ vendor }) => {
      vendor.answer = () => ({
        outcomes: [
          { outcome: 'created', vendorId: 'va' },
          { outcome: 'outcome_unknown', reason: 'not in the answer' },
          { outcome: 'created', vendorId: 'vc' },
        ],
      });
    },
    { flows: { threeContacts } },
  );
  await runtime.idle();
  const { run, effects } = await theRun(runtime);
  expect(run).toMatchObject({ status: 'waiting', waitingFor: 'outcome' });
  expect(effects.map(({ outcome }) => outcome)).toEqual(['created', 'outcome_unknown', 'created']);
});

test('effects: two records with one natural key in a step are refused before anything is sent', async () => {
  const twins = defineFlow({ ...flowFacts, id: 'twins', on: billing.invoicePaid }).step(
    'contacts',
    crm.contacts.upsert,
    {
      forEach: () => ['Ada@Example.com', ' ada@example.com'.trim()],
      map: ({ item }) => ({ connection: 'crm', records: [{ email: item }] }),
    },
  );
  const runtime = await oneEvent({}, () => {}, { flows: { twins } });
  await runtime.idle();
  expect((await theRun(runtime)).run).toMatchObject({ status: 'dead_lettered' });
  expect(rig.vendor.sent).toEqual([]);
});

test('effects: later steps see the results of those before them, a skipped step has none, reads are stored', async () => {
  const steps = defineFlow({ ...flowFacts, id: 'steps', on: billing.invoicePaid })
    .step('found', crm.contacts.find, ({ event }) => ({
      connection: 'crm',
      input: { email: event.data.customer.email },
    }))
    .step(
      'skipped',
      crm.contacts.upsert,
      () => ({ connection: 'crm', records: [{ email: 'x@example.com' }] }),
      { when: () => false },
    )
    .step('contact', crm.contacts.upsert, ({ found }) => ({
      connection: 'crm',
      records: [{ email: 'ada@example.com', firstName: found.contact?.firstName ?? 'nobody' }],
    }))
    .step('ticket', support.tickets.upsert, ({ contact, skipped }) => ({
      connection: 'crm',
      records: [
        {
          externalId: contact.effects[0]?.vendorId ?? '?',
          subject: skipped === undefined ? 'nothing' : 'something',
          description: 'x',
          requester: { email: 'ada@example.com' },
        },
      ],
    }));
  rig = await createRig({
    flows: { steps },
    operations: [
      upsert,
      { name: 'contacts.find', implements: 'crm.contacts.find', kind: 'read' },
      {
        name: 'tickets.upsert',
        implements: 'support.tickets.upsert',
        naturalKey: [{ pointer: '/externalId', canonical: 'text' }],
      },
    ],
  });
  rig.vendor.read = () => ({ contact: { vendorId: '7', firstName: 'Ada' } });
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  const { run } = await theRun(runtime);
  expect(run.steps?.map(({ id, status }) => [id, status])).toEqual([
    ['found', 'succeeded'],
    ['skipped', 'skipped'],
    ['contact', 'succeeded'],
    ['ticket', 'succeeded'],
  ]);
  expect(rig.vendor.sent.map(({ records }) => records[0]?.record)).toMatchObject([
    { firstName: 'Ada' },
    { externalId: 'v1', subject: 'nothing' },
  ]);
});

test('effects: a step that throws is a dead letter of its run alone, with what the author’s code said', async () => {
  const throwing = defineFlow({ ...flowFacts, id: 'throwing', on: billing.invoicePaid }).step(
    'contact',
    crm.contacts.upsert,
    () => {
      throw new Error('no mapping for this');
    },
  );
  const runtime = await oneEvent({}, () => {}, { flows: { throwing } });
  await runtime.idle();
  const { run } = await theRun(runtime);
  expect(run).toMatchObject({ status: 'dead_lettered' });
  expect(run.error?.message).toContain('no mapping for this');
});

test('effects: an unknown connection is a dead letter that names it', async () => {
  const elsewhere = defineFlow({ ...flowFacts, id: 'elsewhere', on: billing.invoicePaid }).step(
    'contact',
    crm.contacts.upsert,
    () => ({
      connection: 'nowhere',
      records: [{ email: 'ada@example.com' }],
    }),
  );
  const runtime = await oneEvent({}, () => {}, { flows: { elsewhere } });
  await runtime.idle();
  const { run } = await theRun(runtime);
  expect(run.status).toBe('dead_lettered');
  expect(run.error?.message).toContain('nowhere');
});

test('effects: a wait parks the run without a worker until its instant, then it goes on', async () => {
  let until: Date | undefined;
  const waiting = defineFlow({ ...flowFacts, id: 'waiting', on: billing.invoicePaid })
    .wait('pause', () => (until ??= new Date(Date.now() + 2000)))
    .step('contact', crm.contacts.upsert, () => ({
      connection: 'crm',
      records: [{ email: 'ada@example.com' }],
    }));
  const runtime = await oneEvent({}, () => {}, { flows: { waiting } });
  await expect
    .poll(async () => (await theRun(runtime)).run)
    .toMatchObject({ status: 'waiting', waitingFor: 'timer' });
  expect(runtime.gauges().activeLanes).toBe(0);
  await expect.poll(async () => (await theRun(runtime)).run.status, { timeout: 10_000 }).toBe('succeeded');
  expect(Date.now()).toBeGreaterThanOrEqual(until?.getTime() ?? Number.POSITIVE_INFINITY);
  // A timer is no attempt.
  expect((await theRun(runtime)).run.attempts).toBe(1);
});

test('effects: an emitted event has an id of what caused it and starts the flows that subscribe to it', async () => {
  const emitting = defineFlow({ ...flowFacts, id: 'emitting', on: billing.invoicePaid }).emit(
    'failed',
    billing.invoicePaymentFailed,
    () => billing.invoicePaymentFailed.example,
  );
  const listening = defineFlow({ ...flowFacts, id: 'listening', on: billing.invoicePaymentFailed }).step(
    'contact',
    crm.contacts.upsert,
    ({ event }) => ({ connection: 'crm', records: [{ email: event.data.customer.email }] }),
  );
  rig = await createRig({ flows: { emitting, listening } });
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  const { items } = await runtime.listRuns({ tenant: 'default' });
  expect(items.map(({ flow, status }) => [flow, status])).toEqual([
    ['listening', 'succeeded'],
    ['emitting', 'succeeded'],
  ]);
  const { items: events } = await runtime.listEvents({ tenant: 'default' });
  expect(events[0]).toMatchObject({ source: '/flows/emitting', type: 'billing.invoice-payment-failed.v1' });
});

test('effects: a lane that holds on a dead letter lets nothing pass', async () => {
  const holding = defineFlow({
    ...flowFacts,
    id: 'holding',
    on: billing.invoicePaid,
    orderBy: ({ event }) => event.data.customer.email,
    lane: { onDeadLetter: 'hold' },
  }).step('contact', crm.contacts.upsert, ({ event }) => ({
    connection: 'crm',
    records: [{ email: event.data.customer.email }],
  }));
  const error = errorToData(new ValidationError('no', { code: 'http_400' }));
  const runtime = await oneEvent(
    {},
    ({ vendor }) => {
      vendor.answer = () => (vendor.sent.length === 1 ? { status: 400, error } : undefined);
    },
    { flows: { holding } },
  );
  await runtime.idle();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a2')] });
  await runtime.idle();
  const { items } = await runtime.listRuns({ tenant: 'default' });
  expect(items.map(({ status, waitingFor }) => [status, waitingFor])).toEqual([
    ['waiting', 'lane'],
    ['dead_lettered', null],
  ]);
  expect((await runtime.listLanes({ tenant: 'default' })).items).toMatchObject([
    { waitingFor: 'held', pending: 1 },
  ]);
});

test('effects: what no database can store fails its own run, with an attempt counted', async () => {
  rig = await createRig();
  rig.vendor.answer = ({ records }) => ({
    outcomes: records.map(() => ({ outcome: 'created', vendorId: `v\u0000\ud800` })),
  });
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect((await theRun(runtime)).run.status).toBe('succeeded');
  expect(await rig.rows('links')).toMatchObject([{ vendor_id: 'v\uFFFD\uFFFD' }]);
});
