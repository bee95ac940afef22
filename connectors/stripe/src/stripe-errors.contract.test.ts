import { classifyAnswer } from '@onceover/contract';
import { expect, test } from 'vitest';
import { stripeAnswers } from './stripe-errors.ts';
import { createStripeWorld } from './testing/stripe-world.ts';

const records = [{ email: 'ada@example.com' }];
const refund = { reference: 'r-1', payment: 'pi_sandbox_usd', amount: { amount: '5.00', currency: 'USD' } };
const upsert = 'customers.upsert';

test.each([
  [400, { class: 'ValidationError', code: 'http_400', retry: 'never' }],
  [401, { class: 'AuthenticationError', code: 'http_401' }],
  [
    402,
    {
      class: 'ValidationError',
      code: 'http_402',
      message: 'The vendor answered 402: Your card was declined.',
    },
  ],
  [403, { class: 'ScopeError', code: 'http_403' }],
  [404, { class: 'NotFoundError', code: 'http_404' }],
  [409, { class: 'ConflictError', code: 'idempotency_key_in_use', retry: 'later' }],
  [429, { class: 'RateLimitError', retry: { afterMs: 1000 } }],
  [500, { class: 'UpstreamError', code: 'http_500', retry: 'later' }],
  [503, { class: 'UpstreamError', code: 'http_503', retry: 'later' }],
])('errors: Stripe’s %d is %o', async (status, error) => {
  const { broker, sandbox } = await createStripeWorld();
  sandbox.faults.add({ match: 'POST /v1/customers', status });
  expect((await broker.run(upsert, { records })).reply).toMatchObject({ kind: 'error', error });
});

test('errors: a key that was used with other parameters leaves the outcome unknown', async () => {
  const world = await createStripeWorld();
  const body = JSON.stringify({
    error: { type: 'idempotency_error', message: 'used with other parameters' },
  });
  world.tamper((answer) =>
    world.sandbox.ledger.effects().length === 0 ? answer : { ...answer, status: 400, body },
  );
  expect((await world.broker.run(upsert, { records })).reply).toMatchObject({
    error: {
      class: 'OutcomeUnknownError',
      code: 'idempotency_key_reused',
      message: expect.stringContaining('used with other parameters'),
    },
  });
});

test('errors: a 500 is Stripe’s answer for as long as the key lives, and says that it is repeated', async () => {
  const { broker, sandbox, clock } = await createStripeWorld();
  sandbox.faults.add({ match: 'POST /v1/customers', status: 500 });
  const first = await broker.run(upsert, { records, event: 'e1' });
  expect(first.write).toMatchObject({ answer: { status: 500 }, replayed: false });
  const again = await broker.run(upsert, { records, event: 'e1', resume: first });
  expect(again.write).toMatchObject({ answer: { status: 500 }, replayed: true });
  clock.advance(24 * 3600 + 1);
  const later = await broker.run(upsert, { records, event: 'e1', resume: first });
  expect(later.reply).toMatchObject({ outcomes: [{ outcome: 'created' }] });
});

test('errors: 400 with the code rate_limit means "too fast"', async () => {
  const world = await createStripeWorld();
  world.tamper(({ headers }) => ({
    status: 400,
    headers,
    body: JSON.stringify({
      error: { type: 'invalid_request_error', code: 'rate_limit', message: 'slow down' },
    }),
  }));
  expect((await world.broker.run('invoices.get', { input: { vendorId: 'in_1' } })).reply).toMatchObject({
    error: { class: 'RateLimitError' },
  });
});

test('errors: a 409 that is not about the key is a conflict that waiting does not end', async () => {
  const world = await createStripeWorld();
  let answers = 0;
  world.tamper((answer) => {
    answers += 1;
    const body = JSON.stringify({ error: { type: 'invalid_request_error', message: 'in another state' } });
    return answers === 1 ? answer : { ...answer, status: 409, body };
  });
  expect((await world.broker.run(upsert, { records })).reply).toMatchObject({
    error: { class: 'ConflictError', code: 'http_409', retry: 'never' },
  });
});

test.each([
  ['customers.upsert', { records }, 'not a search result'],
  ['refunds.create', { records: [refund] }, 'not a payment'],
  ['invoices.get', { input: { vendorId: 'in_1' } }, 'not an invoice'],
] as const)('errors: what %s read was something else, and the error says what', async (name, run, words) => {
  const world = await createStripeWorld();
  world.tamper((answer) => ({ ...answer, status: 200, body: '{"object":"balance"}' }));
  expect((await world.broker.run(name, run)).reply).toMatchObject({
    error: {
      class: 'UpstreamError',
      code: 'unexpected_answer',
      retry: 'never',
      message: expect.stringMatching(new RegExp(`${words}$`)),
      logMessage: expect.stringContaining(words),
    },
  });
});

test.each([
  [{ type: 'idempotency_error' }, ''],
  [{ type: 'invalid_request_error', code: 'idempotency_key_in_use', message: 'wait' }, 'wait'],
])('errors: 409 with %o is a write that Stripe still works on', async (error, words) => {
  const world = await createStripeWorld();
  world.tamper((answer) =>
    world.sandbox.ledger.effects().length === 0
      ? answer
      : { ...answer, status: 409, body: JSON.stringify({ error }) },
  );
  expect((await world.broker.run(upsert, { records })).reply).toMatchObject({
    error: {
      class: 'ConflictError',
      code: 'idempotency_key_in_use',
      retry: 'later',
      message: `Stripe is still working on this write: ${words}`,
    },
  });
});

test('errors: a write that came too fast waits as long as Stripe says', async () => {
  const world = await createStripeWorld();
  const body = JSON.stringify({ error: { type: 'invalid_request_error', code: 'rate_limit' } });
  world.tamper((answer) =>
    world.sandbox.ledger.effects().length === 0
      ? answer
      : { status: 400, headers: [['Retry-After', '7']], body },
  );
  expect((await world.broker.run(upsert, { records })).reply).toMatchObject({
    error: { class: 'RateLimitError', code: 'http_400', retry: { afterMs: 7000 } },
  });
});

test('errors: the token endpoint’s words are told, too', () => {
  const body = JSON.stringify({ error: 'invalid_grant', error_description: 'This code was used' });
  const error = classifyAnswer(stripeAnswers, { status: 400, headers: {}, body }, new Date());
  expect(error?.message).toBe('The vendor answered 400: This code was used');
});

test.each([
  [upsert, [{ email: 'ada@example.com' }], {}],
  ['refunds.create', [refund], { amount: 500 }],
] as const)('errors: %s is told by an id of any length, and by no empty one', async (name, written, more) => {
  const outcomes = await Promise.all(
    ['x', ''].map(async (id) => {
      const world = await createStripeWorld();
      world.tamper((answer) =>
        world.sandbox.ledger.effects().length === 0
          ? answer
          : { ...answer, body: JSON.stringify({ id, ...more }) },
      );
      const { reply } = await world.broker.run(name, { records: written });
      return reply.kind === 'written' ? reply.outcomes[0] : reply;
    }),
  );
  expect(outcomes).toMatchObject([
    { outcome: 'created', vendorId: 'x' },
    { outcome: 'outcome_unknown', reason: expect.stringContaining('is not a') },
  ]);
});

test('errors: a payment in no currency is not read as one', async () => {
  const world = await createStripeWorld();
  world.tamper((answer) => ({ ...answer, body: '{"id":"pi_1","currency":"dollars"}' }));
  expect((await world.broker.run('refunds.create', { records: [refund] })).reply).toMatchObject({
    error: { class: 'UpstreamError', code: 'unexpected_answer' },
  });
});
