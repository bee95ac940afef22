import { defineFlow } from '@onceover/automation';
import {
  AuthenticationError,
  billing,
  ConfigurationError,
  ConflictError,
  crm,
  type ErrorData,
  errorToData,
  type Guarantee,
  NotFoundError,
  OutcomeUnknownError,
  UpstreamError,
  ValidationError,
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
import { type Answer, applyTo, type FakeOperation, type SentWrite } from '../testing/fake-broker.ts';

/** Writes of which nobody knows whether they took effect: no answer to a later sending may hide that. */

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

const key: Guarantee = { kind: 'idempotencyKey', header: 'Idempotency-Key', hours: 24 };
const lookupAfter = (lagSeconds: number): Guarantee => ({ kind: 'lookup', field: 'externalId', lagSeconds });
const refusedBy = (status: number, error: Error): Answer => ({ status, error: errorToData(error) });
const unauthorized = () => refusedBy(401, new AuthenticationError('token', { code: 'http_401' }));

/** One event; the vendor does the first write and its answer is lost, later ones are answered by `answer`. */
async function lostThen(
  operation: Partial<FakeOperation>,
  answer: (sent: SentWrite) => Answer | undefined,
  options: RigOptions & { first?: Answer } = {},
) {
  const { first = 'lost', ...given } = options;
  rig = await createRig({ ...given, operations: [{ ...upsert, ...operation }] });
  rig.vendor.answer = (sent) => {
    if (rig.vendor.sent.length > 1) return answer(sent);
    applyTo(rig.vendor, sent);
    return first;
  };
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  return runtime;
}

const outcomes = async () => (await rig.rows('effects')).map(({ outcome }) => outcome);
const runs = async () =>
  (await rig.rows('runs')).map(({ status, waiting_for: waitingFor }) => [status, waitingFor]);
const codeOf = (row: Record<string, unknown> | undefined) => (row?.['error'] as ErrorData | undefined)?.code;

test('open calls: a record that seems gone at the resend is not written anew: the first sending may have done it', async () => {
  rig = await createRig({ operations: [{ ...upsert, guarantee: key }] });
  rig.vendor.answer = (sent) => {
    if (rig.vendor.sent.length === 2) {
      applyTo(rig.vendor, sent);
      return 'lost';
    }
    return rig.vendor.sent.length === 3
      ? refusedBy(422, new NotFoundError('closed', { code: 'ticket_closed' }))
      : undefined;
  };
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a2')] });
  await runtime.idle();
  expect(rig.vendor.sent.map(({ isResumed }) => isResumed)).toEqual([false, false, true]);
  expect(await rig.rows('links')).toHaveLength(1);
  expect(await outcomes()).toEqual(['created', 'outcome_unknown']);
  expect(await runs()).toEqual([
    ['succeeded', null],
    ['waiting', 'outcome'],
  ]);
});

test('open calls: a refusal that may be tried again is not planned anew while the first sending is open', async () => {
  const conditional: Guarantee = { kind: 'conditional', header: 'If-Match' };
  await lostThen({ guarantee: conditional }, () =>
    refusedBy(423, new ConflictError('locked', { code: 'locked', retry: 'later' })),
  );
  expect(rig.vendor.sent.map(({ isResumed }) => isResumed)).toEqual([false, true]);
  expect(await outcomes()).toEqual(['outcome_unknown']);
  expect(await runs()).toEqual([['waiting', 'outcome']]);
});

test('open calls: a conflict under a key may be one with the first sending: the same bytes go again, nothing else', async () => {
  const guarantee: Guarantee = { kind: 'idempotencyKey', header: 'K', hours: 24, then: lookupAfter(0.05) };
  await lostThen({ guarantee }, () =>
    refusedBy(409, new ConflictError('busy', { code: 'busy', retry: 'later' })),
  );
  expect(new Set(rig.vendor.sent.map(({ write }) => write.hash)).size).toBe(1);
  expect(rig.vendor.sent.slice(1).every(({ isResumed }) => isResumed)).toBe(true);
  expect(await outcomes()).toEqual(['outcome_unknown']);
});

test.each([
  ['401', () => unauthorized()],
  ['403', () => refusedBy(403, new ConfigurationError('no', { code: 'http_403' }))],
  ['404', () => refusedBy(404, new NotFoundError('gone', { code: 'http_404' }))],
])(
  'open calls: a write that was lost, though it was done, is not failed by a later %s',
  async (_, answer) => {
    await lostThen({ guarantee: key }, answer);
    expect(rig.vendor.sent).toHaveLength(2);
    expect(await outcomes()).toEqual(['outcome_unknown']);
    expect(await runs()).toEqual([['waiting', 'outcome']]);
  },
);

test('open calls: a key’s vendor would repeat what it did, so a refusal of the bytes under the same key is one', async () => {
  await lostThen({ guarantee: key }, () =>
    refusedBy(400, new ValidationError('no such property', { code: 'http_400' })),
  );
  expect(await outcomes()).toEqual(['failed']);
  expect(await runs()).toEqual([['dead_lettered', null]]);
});

test('open calls: without a key a refusal tells nothing about the sending before it', async () => {
  await lostThen({}, () => refusedBy(400, new ValidationError('no such property', { code: 'http_400' })));
  expect(rig.vendor.sent).toHaveLength(2);
  expect(await outcomes()).toEqual(['outcome_unknown']);
  expect(await runs()).toEqual([['waiting', 'outcome']]);
});

test('open calls: a resend that is refused before it is sent leaves the first sending open', async () => {
  rig = await createRig({ operations: [{ ...upsert, guarantee: key }] });
  rig.vendor.answer = () => 'lost';
  rig.vendor.beforeHooks = async () => {
    if (rig.vendor.sent.length > 0) throw new ConflictError('another origin', { code: 'origin_changed' });
  };
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await outcomes()).toEqual(['outcome_unknown']);
  expect(await runs()).toEqual([['waiting', 'outcome']]);
  expect(codeOf((await rig.rows('effects'))[0])).toBe('origin_changed');
});

test('open calls: an answer that could not be read stays unknown when planning anew is refused', async () => {
  const unreadable = refusedBy(200, new OutcomeUnknownError('what is this?'));
  await lostThen({}, unauthorized, { first: unreadable });
  expect(rig.vendor.sent).toHaveLength(2);
  expect(await outcomes()).toEqual(['outcome_unknown']);
  expect(await runs()).toEqual([['waiting', 'outcome']]);
});

test('open calls: class B looks up what became of an answer that it could not read, and does not send again', async () => {
  const unreadable = refusedBy(200, new OutcomeUnknownError('what is this?'));
  rig = await createRig({ operations: [{ ...upsert, guarantee: lookupAfter(0.05) }] });
  rig.vendor.answer = () => unreadable;
  rig.vendor.lookup = () => ['found-1'];
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(rig.vendor.sent).toHaveLength(1);
  expect(await outcomes()).toEqual(['created']);
});

test('open calls: what a look-up did not find was not done, so a refusal after it is one', async () => {
  await lostThen({ guarantee: lookupAfter(0.05) }, () =>
    refusedBy(400, new ValidationError('no', { code: 'http_400' })),
  );
  expect(rig.vendor.sent).toHaveLength(2);
  expect(await outcomes()).toEqual(['failed']);
  expect(await runs()).toEqual([['dead_lettered', null]]);
});

test('open calls: a record’s own failure at a resend says nothing about the first sending, unless a key holds', async () => {
  const failed = (): Answer => ({
    outcomes: [{ outcome: 'failed', error: errorToData(new ValidationError('no', { code: 'bad_record' })) }],
  });
  await lostThen({}, failed);
  expect(await outcomes()).toEqual(['outcome_unknown']);
  expect(await runs()).toEqual([['waiting', 'outcome']]);
  await rig.close();
  await lostThen({ guarantee: key }, failed);
  expect(await outcomes()).toEqual(['failed']);
});

const two = defineFlow({ ...flowFacts, id: 'two', on: billing.invoicePaid }).step(
  'contacts',
  crm.contacts.upsert,
  () => ({ connection: 'crm', records: [{ email: 'a@example.com' }, { email: 'b@example.com' }] }),
);
const lockedThenUnknown = (): Answer => ({
  outcomes: [
    { outcome: 'failed', error: errorToData(new UpstreamError('locked', { code: 'locked' })) },
    { outcome: 'outcome_unknown', reason: 'left out' },
  ],
});

test('open calls: a record that goes again leaves its old call’s bytes with one that waits for its look-up', async () => {
  rig = await createRig({
    operations: [{ ...upsert, batch: 10, guarantee: lookupAfter(1) }],
    flows: { two },
  });
  const lookedUp: string[] = [];
  rig.vendor.lookup = (records) => {
    lookedUp.push(...records.map(({ naturalKey }) => naturalKey));
    return records.map(() => 'found');
  };
  rig.vendor.answer = () => (rig.vendor.sent.length === 1 ? lockedThenUnknown() : undefined);
  const { runtime } = await rig.runner();
  const startedAt = performance.now();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1000);
  expect(lookedUp).toEqual(['b@example.com']);
  expect(rig.vendor.sent.map(({ records }) => records.map(({ naturalKey }) => naturalKey))).toEqual([
    ['a@example.com', 'b@example.com'],
    ['a@example.com'],
  ]);
  expect(await outcomes()).toEqual(['created', 'created']);
  expect(await runs()).toEqual([['succeeded', null]]);
  expect((await rig.rows('effects')).map(({ write, reads }) => [write, reads])).toEqual([
    [null, null],
    [null, null],
  ]);
});

test('open calls: a call that moved to another record keeps its bytes, its status and when it was first sent', async () => {
  const patient = defineFlow({
    ...flowFacts,
    id: 'patient',
    on: billing.invoicePaid,
    retry: { maxAttempts: 100, maxHours: 24 },
  }).step('contacts', crm.contacts.upsert, () => ({
    connection: 'crm',
    records: [{ email: 'a@example.com' }, { email: 'b@example.com' }],
  }));
  rig = await createRig({
    operations: [{ ...upsert, batch: 10, guarantee: lookupAfter(60) }],
    flows: { patient },
  });
  let sentAt = 0;
  rig.vendor.answer = async () => {
    if (rig.vendor.sent.length > 1) return 'unsent';
    sentAt = Date.now();
    return lockedThenUnknown();
  };
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await expect.poll(() => rig.vendor.sent.length, { timeout: 5000 }).toBeGreaterThan(3);
  await runtime.stop({ timeoutMs: 2000 });
  const rows = await rig.rows('effects');
  const [a, b] = rows.toSorted((left, right) => Number(left['position']) - Number(right['position']));
  const bytes = (row: Record<string, unknown> | undefined) =>
    (row?.['write'] as { body: string } | undefined)?.body;
  expect([bytes(a), bytes(b)]).toEqual([
    '[{"email":"a@example.com"}]',
    '[{"email":"a@example.com"},{"email":"b@example.com"}]',
  ]);
  expect(b).toMatchObject({ call: 1, outcome: 'outcome_unknown' });
  const sinceSent = (row: Record<string, unknown> | undefined) => Number(row?.['first_sent_at']) - sentAt;
  expect(Math.abs(sinceSent(b))).toBeLessThan(250);
  expect(sinceSent(a)).toBeGreaterThan(sinceSent(b));
});

test('open calls: two calls of which each left something open are planned anew as one, with one call’s bytes', async () => {
  const four = defineFlow({ ...flowFacts, id: 'four', on: billing.invoicePaid }).step(
    'contacts',
    crm.contacts.upsert,
    () => ({
      connection: 'crm',
      records: ['a', 'b', 'c', 'd'].map((name) => ({ email: `${name}@example.com` })),
    }),
  );
  rig = await createRig({ operations: [{ ...upsert, batch: 2 }], flows: { four } });
  rig.vendor.answer = () => {
    if (rig.vendor.sent.length <= 2) return lockedThenUnknown();
    return rig.vendor.sent.length === 3 ? 'lost' : undefined;
  };
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await outcomes()).toEqual(['created', 'created', 'created', 'created']);
  const [, , third, fourth] = rig.vendor.sent;
  expect(fourth).toMatchObject({ isResumed: true, write: third?.write });
  expect(await runs()).toEqual([['succeeded', null]]);
});

test('open calls: a run whose other records failed asks about the one that nobody knows of', async () => {
  rig = await createRig({ operations: [{ ...upsert, guarantee: { kind: 'none' } }], flows: { two } });
  rig.vendor.answer = () =>
    rig.vendor.sent.length === 1
      ? 'lost'
      : refusedBy(400, new ValidationError('no such property', { code: 'http_400' }));
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(rig.vendor.sent.length).toBeGreaterThan(0);
  expect(await outcomes()).toContain('outcome_unknown');
  expect(await runs()).toEqual([['waiting', 'outcome']]);
});

test('open calls: what an operation calls unknown is not failed by the vendor’s 4xx', async () => {
  const reused = new OutcomeUnknownError('the key is known with other parameters', { code: 'key_reused' });
  rig = await createRig({ operations: [{ ...upsert, guarantee: key }] });
  rig.vendor.answer = () => refusedBy(400, reused);
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await outcomes()).toEqual(['outcome_unknown']);
  expect(await runs()).toEqual([['waiting', 'outcome']]);
});
