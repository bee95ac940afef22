import { expect, test } from 'vitest';
import { callsOf, createStripeWorld, formOf, postAsPerson } from '../testing/stripe-world.ts';

const create = 'refunds.create';
const usd = {
  reference: 'refund-1',
  payment: 'pi_sandbox_usd',
  amount: { amount: '12.50', currency: 'USD' },
  reason: 'requested-by-customer',
};

test('refunds.create: reads the payment’s currency and its refunds, then gives back once', async () => {
  const { broker, sandbox, problems } = await createStripeWorld();
  const result = await broker.run(create, { records: [usd] });
  expect(result.reply).toMatchObject({
    outcomes: [{ outcome: 'created', vendorId: expect.stringMatching(/^re_/) }],
  });
  expect(callsOf(result)).toEqual([
    'GET /v1/payment_intents/pi_sandbox_usd',
    'GET /v1/refunds',
    'POST /v1/refunds',
  ]);
  expect(formOf(result.calls[1]?.request.query)).toEqual([
    ['payment_intent', 'pi_sandbox_usd'],
    ['limit', '100'],
  ]);
  expect(formOf(result.calls[2]?.request.body)).toEqual([
    ['payment_intent', 'pi_sandbox_usd'],
    ['amount', '1250'],
    ['reason', 'requested_by_customer'],
    ['metadata[external_id]', 'refund-1'],
  ]);
  expect(sandbox.state.refunds).toMatchObject([
    { amount: 1250, currency: 'usd', reason: 'requested_by_customer' },
  ]);
  expect(problems).toEqual([]);
});

test('refunds.create: a charge is read and refunded as a charge', async () => {
  const { broker, sandbox } = await createStripeWorld();
  const result = await broker.run(create, { records: [{ ...usd, payment: 'ch_sandbox_direct' }] });
  expect(callsOf(result)[0]).toBe('GET /v1/charges/ch_sandbox_direct');
  expect(formOf(result.calls[1]?.request.query)[0]).toEqual(['charge', 'ch_sandbox_direct']);
  expect(formOf(result.calls[2]?.request.body)[0]).toEqual(['charge', 'ch_sandbox_direct']);
  expect(sandbox.state.refunds).toHaveLength(1);
});

test.each([
  ['pi_sandbox_jpy', { amount: '5000', currency: 'JPY' }, 5000],
  ['pi_sandbox_kwd', { amount: '5.120', currency: 'KWD' }, 5120],
  ['pi_sandbox_isk', { amount: '1500', currency: 'ISK' }, 150_000],
  ['pi_sandbox_eur', { amount: '0.50', currency: 'EUR' }, 50],
])('refunds.create: of %s gives %o back as %d', async (payment, amount, units) => {
  const { broker, sandbox } = await createStripeWorld();
  await broker.run(create, { records: [{ ...usd, payment, amount }] });
  expect(sandbox.state.refunds).toMatchObject([{ amount: units }]);
});

test('refunds.create: another currency than the payment’s is refused before money moves', async () => {
  const { broker, sandbox } = await createStripeWorld();
  const result = await broker.run(create, { records: [{ ...usd, payment: 'pi_sandbox_jpy' }] });
  expect(result.reply).toMatchObject({
    error: { class: 'ValidationError', path: '/amount/currency', message: expect.stringContaining('JPY') },
  });
  expect(callsOf(result)).toEqual(['GET /v1/payment_intents/pi_sandbox_jpy']);
  expect(sandbox.state.refunds).toEqual([]);
});

test.each([
  [{ payment: 'in_1' }, '/payment'],
  [{ amount: { amount: '0.00', currency: 'USD' } }, '/amount'],
  [{ amount: { amount: '-5.00', currency: 'USD' } }, '/amount'],
  [{ amount: { amount: '0.005', currency: 'USD' } }, '/amount'],
  [{ vendor: { payment_intent: 'pi_other' } }, '/vendor/payment_intent'],
  [{ vendor: { charge: 'ch_other' } }, '/vendor/charge'],
  [{ vendor: { amount: 5 } }, '/vendor/amount'],
  [{ vendor: { reason: 'fraudulent' } }, '/vendor/reason'],
  [{ vendor: { 'metadata.external_id': 'x' } }, '/vendor/metadata.external_id'],
])('refunds.create: %o never becomes a write', async (change, path) => {
  const { broker, sandbox } = await createStripeWorld();
  const result = await broker.run(create, { records: [{ ...usd, ...change }] });
  expect(result.reply).toMatchObject({ error: { class: 'ValidationError', path } });
  expect(sandbox.state.refunds).toEqual([]);
});

test('refunds.create: another event with the same reference gives nothing more, with or without a link', async () => {
  const { broker, sandbox } = await createStripeWorld();
  await broker.run(create, { records: [usd], event: 'e1' });
  const linked = await broker.run(create, { records: [usd], event: 'e2' });
  broker.links.clear();
  const unlinked = await broker.run(create, { records: [usd], event: 'e3' });
  const id = sandbox.state.refunds[0]?.id;
  for (const { reply } of [linked, unlinked]) {
    expect(reply).toMatchObject({ outcomes: [{ outcome: 'unchanged', vendorId: id }] });
  }
  expect(sandbox.state.refunds).toHaveLength(1);
});

test('refunds.create: the same reference with another amount is a conflict, not a second refund', async () => {
  const { broker, sandbox } = await createStripeWorld();
  await broker.run(create, { records: [usd], event: 'e1' });
  const other = { ...usd, amount: { amount: '13.00', currency: 'USD' } };
  const result = await broker.run(create, { records: [other], event: 'e2' });
  expect(result.reply).toMatchObject({ error: { class: 'ConflictError', code: 'reference_reused' } });
  expect(sandbox.state.refunds).toHaveLength(1);
});

test('refunds.create: two references of one payment are two refunds', async () => {
  const { broker, sandbox } = await createStripeWorld();
  await broker.run(create, { records: [usd], event: 'e1' });
  await broker.run(create, { records: [{ ...usd, reference: 'refund-2' }], event: 'e2' });
  expect(sandbox.state.refunds).toHaveLength(2);
});

test('refunds.create: a lost answer is found by reading the payment’s refunds to the end', async () => {
  const world = await createStripeWorld();
  const { broker, sandbox } = world;
  sandbox.faults.add({ match: 'POST /v1/refunds', drop: 'after' });
  const lost = await broker.run(create, { records: [usd] });
  expect(lost.write.state).toBe('lost');
  for (let more = 0; more < 250; more += 1) {
    await postAsPerson(world, '/v1/refunds', { payment_intent: usd.payment, amount: '1' });
  }
  const found = await broker.lookup(create, [usd]);
  expect(found.reply).toEqual({ kind: 'looked-up', vendorIds: [sandbox.state.refunds[0]?.id] });
  expect(found.calls).toHaveLength(3);
  const unknown = await broker.lookup(create, [{ ...usd, reference: 'refund-9' }]);
  expect(unknown.reply).toEqual({ kind: 'looked-up', vendorIds: [null] });
});

test('refunds.create: a list that never ends is an error and no loop', async () => {
  const world = await createStripeWorld();
  const body = JSON.stringify({
    object: 'list',
    data: [{ id: 're_1', amount: 1 }],
    has_more: true,
    url: '/v1/refunds',
  });
  world.tamper((answer) => ({ ...answer, body }));
  expect((await world.broker.lookup(create, [usd])).reply).toMatchObject({
    error: { class: 'UpstreamError', code: 'endless_list' },
  });
});

test('refunds.create: a refund that Stripe gives up failed, and the reference may be used again', async () => {
  const { broker, sandbox } = await createStripeWorld();
  const failing = { ...usd, payment: 'pi_sandbox_usd_refund_failed' };
  const result = await broker.run(create, { records: [failing], event: 'e1' });
  expect(result.reply).toMatchObject({
    outcomes: [{ outcome: 'failed', error: { class: 'ValidationError', code: 'refund_failed' } }],
  });
  expect((await broker.lookup(create, [failing])).reply).toMatchObject({ vendorIds: [null] });
  await broker.run(create, { records: [failing], event: 'e2' });
  expect(sandbox.state.refunds).toHaveLength(2);
});

test('refunds.create: a pending refund is made', async () => {
  const { broker } = await createStripeWorld();
  const result = await broker.run(create, {
    records: [{ ...usd, payment: 'pi_sandbox_usd_refund_pending' }],
  });
  expect(result.reply).toMatchObject({ outcomes: [{ outcome: 'created' }] });
});

test('refunds.create: more than the payment holds is Stripe’s to refuse, in its words', async () => {
  const { broker } = await createStripeWorld();
  const result = await broker.run(create, {
    records: [{ ...usd, amount: { amount: '100000.01', currency: 'USD' } }],
  });
  expect(result.reply).toMatchObject({
    error: { class: 'ValidationError', code: 'http_400', message: expect.stringContaining('greater than') },
  });
});

test('refunds.create: a refund that was cancelled gave nothing, and the reference may be used again', async () => {
  const { broker, sandbox } = await createStripeWorld();
  await broker.run(create, { records: [usd], event: 'e1' });
  for (const refund of sandbox.state.refunds) refund.status = 'canceled';
  expect((await broker.lookup(create, [usd])).reply).toMatchObject({ vendorIds: [null] });
  await broker.run(create, { records: [usd], event: 'e2' });
  expect(sandbox.state.refunds).toHaveLength(2);
});

test.each([
  ['py_1', 'GET /v1/charges/py_1', 'charge'],
  ['ch_1', 'GET /v1/charges/ch_1', 'charge'],
  ['pi_1', 'GET /v1/payment_intents/pi_1', 'payment_intent'],
  ['pi_ö 1', 'GET /v1/payment_intents/pi_%C3%B6%201', 'payment_intent'],
])('refunds.create: %s is read by %s and refunded as %s', async (payment, read, parameter) => {
  const world = await createStripeWorld();
  const answers = ['{"object":"payment","id":"x","currency":"usd"}', '{"object":"list","data":[]}', '{}'];
  world.tamper((answer) => ({ ...answer, status: 200, body: answers.shift() ?? '' }));
  const result = await world.broker.run(create, { records: [{ ...usd, payment }] });
  expect(callsOf(result)[0]).toBe(read);
  expect(formOf(result.calls[1]?.request.query)[0]).toEqual([parameter, payment]);
  expect(formOf(result.calls[2]?.request.body)[0]).toEqual([parameter, payment]);
});

test('refunds.create: an id that only ends like one of Stripe’s is refused', async () => {
  const { broker, sandbox } = await createStripeWorld();
  for (const payment of ['x_pi_', 'x_ch_', 'x_py_']) {
    const result = await broker.run(create, { records: [{ ...usd, payment }] });
    expect(result.reply).toMatchObject({ error: { class: 'ValidationError', path: '/payment' } });
  }
  expect(sandbox.requests()).toBe(0);
});

test('refunds.create: why Stripe gave a refund up is told', async () => {
  const world = await createStripeWorld();
  world.tamper((answer) =>
    world.sandbox.state.refunds.length === 0
      ? answer
      : {
          ...answer,
          body: '{"id":"re_1","amount":1250,"status":"failed","failure_reason":"expired_or_canceled_card"}',
        },
  );
  expect((await world.broker.run(create, { records: [usd] })).reply).toMatchObject({
    outcomes: [
      {
        outcome: 'failed',
        error: { code: 'refund_failed', message: expect.stringContaining('expired_or_canceled_card') },
      },
    ],
  });
});
