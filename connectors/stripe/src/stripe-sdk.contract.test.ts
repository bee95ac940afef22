import { type RunningSandbox, type SandboxExchange, startSandbox } from '@onceover/connector-kit/sandbox';
import { TestBroker } from '@onceover/connector-kit/testing';
import Stripe from 'stripe';
import { Agent } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sandbox } from './sandbox/index.ts';
import { stripe } from './stripe-connector.ts';
import { publishedKeysGuard } from './testing/published-keys-guard.ts';
import { formOf } from './testing/stripe-world.ts';

let exchanges: SandboxExchange[];
let problems: string[];
let fake: RunningSandbox;
let sdk: Stripe;
let dispatcher: Agent;
let broker: TestBroker;

beforeEach(async () => {
  exchanges = [];
  problems = [];
  fake = await startSandbox(sandbox, {
    onExchange(exchange) {
      exchanges.push(exchange);
      problems.push(...publishedKeysGuard.answer(exchange.request, exchange.answer));
    },
  });
  const { hostname, port } = new URL(fake.url);
  sdk = new Stripe(fake.accessToken, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
  dispatcher = new Agent();
  broker = new TestBroker({
    connector: stripe,
    dispatcher,
    accessToken: fake.accessToken,
    origin: fake.url,
  });
});

afterEach(async () => {
  await dispatcher.close();
  await fake.close();
});

const ada = { email: 'ada@example.com', name: 'Ada Lovelace', phone: '+44 20 7946 0000' };
const metadata = { external_id: 'ada@example.com' };

test('SDK: creates, finds, updates and reads a customer, refunds a payment, reads an invoice', async () => {
  const created = await sdk.customers.create({ ...ada, metadata });
  expect(created).toMatchObject({ object: 'customer', email: ada.email, metadata });
  const found = await sdk.customers.search({ query: `metadata['external_id']:'ada@example.com'` });
  expect(found.data.map(({ id }) => id)).toEqual([created.id]);
  await sdk.customers.update(created.id, { name: 'Ada King' });
  expect(await sdk.customers.retrieve(created.id)).toMatchObject({ name: 'Ada King', phone: ada.phone });
  const refund = await sdk.refunds.create({ payment_intent: 'pi_sandbox_usd', amount: 1250 });
  expect(refund).toMatchObject({ object: 'refund', status: 'succeeded', amount: 1250 });
  const listed = await sdk.refunds
    .list({ payment_intent: 'pi_sandbox_usd' })
    .autoPagingToArray({ limit: 10 });
  expect(listed.map(({ id }) => id)).toEqual([refund.id]);
  expect(await sdk.charges.retrieve('ch_sandbox_usd')).toMatchObject({ amount_refunded: 1250 });
  expect(await sdk.paymentIntents.retrieve('pi_sandbox_usd')).toMatchObject({ currency: 'usd' });
  expect(await sdk.invoices.retrieve('in_sandbox_paid')).toMatchObject({ status: 'paid', total: 80_000 });
  await sdk.customers.del(created.id);
  expect(await sdk.customers.retrieve(created.id)).toEqual(
    expect.objectContaining({ id: created.id, deleted: true }),
  );
  expect(problems).toEqual([]);
});

test('SDK: makes a webhook endpoint, is told its secret once, and deletes it', async () => {
  const url = 'https://onceover.example/v1/hooks/billing';
  const made = await sdk.webhookEndpoints.create({ url, enabled_events: ['invoice.paid'] });
  expect(made).toMatchObject({ url, status: 'enabled', secret: fake.sandbox.webhookSecret });
  const [listed] = (await sdk.webhookEndpoints.list()).data;
  expect(listed).toMatchObject({ id: made.id, enabled_events: ['invoice.paid'] });
  expect(listed).not.toHaveProperty('secret');
  expect((await broker.run('subscriptions.list', { input: {} })).reply).toMatchObject({
    output: { subscriptions: [{ vendorId: made.id, url, topics: ['invoice.paid'], isActive: true }] },
  });
  expect(await sdk.webhookEndpoints.del(made.id)).toMatchObject({ id: made.id, deleted: true });
  expect((await sdk.webhookEndpoints.list()).data).toEqual([]);
});

test('SDK: pages through a list to its end', async () => {
  for (let made = 0; made < 25; made += 1) {
    await sdk.refunds.create({ payment_intent: 'pi_sandbox_usd', amount: 1 });
  }
  const all = await sdk.refunds
    .list({ payment_intent: 'pi_sandbox_usd', limit: 10 })
    .autoPagingToArray({ limit: 100 });
  expect(new Set(all.map(({ id }) => id)).size).toBe(25);
});

test('SDK: what it creates, our connector finds and updates, and the other way round', async () => {
  const { id } = await sdk.customers.create({ ...ada, metadata });
  const updated = await broker.run('customers.upsert', { records: [{ ...ada, name: 'Ada King' }] });
  expect(updated.reply).toMatchObject({ outcomes: [{ outcome: 'updated', vendorId: id }] });
  expect(await sdk.customers.retrieve(id)).toMatchObject({ name: 'Ada King' });
});

test.each([
  ['StripeAuthenticationError', 401],
  ['StripeCardError', 402],
  ['StripePermissionError', 403],
  ['StripeInvalidRequestError', 404],
  ['StripeRateLimitError', 429],
  ['StripeAPIError', 500],
])('SDK: raises %s for the sandbox’s %d', async (type, status) => {
  fake.sandbox.faults.add({ match: 'POST /v1/customers', status });
  await expect(sdk.customers.create(ada)).rejects.toMatchObject({ type, statusCode: status });
});

test('SDK: the first answer under a key is repeated, other parameters are refused', async () => {
  const idempotencyKey = 'key-1';
  const first = await sdk.customers.create(ada, { idempotencyKey });
  const again = await sdk.customers.create(ada, { idempotencyKey });
  expect(again.id).toBe(first.id);
  expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
  await expect(sdk.customers.create({ ...ada, name: 'Eve' }, { idempotencyKey })).rejects.toMatchObject({
    type: 'StripeIdempotencyError',
  });
});

test('SDK: gets tokens for a code and for a refresh token, once each', async () => {
  const redirectUri = 'http://127.0.0.1:4400/v1/oauth/callback/stripe-app';
  const code = fake.sandbox.tokens.issueCode({ scopes: ['stripe_apps'], redirectUri });
  const form = (fields: Record<string, string>) => ({
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('platform-secret-key:').toString('base64')}` },
    body: new URLSearchParams(fields),
  });
  const ask = async (fields: Record<string, string>) => {
    const answer = await fetch(`${fake.url}/v1/oauth/token`, form(fields));
    return { status: answer.status, body: (await answer.json()) as Stripe.OAuthToken };
  };
  const granted = await ask({ grant_type: 'authorization_code', code, redirect_uri: redirectUri });
  expect(granted.body).toMatchObject({ stripe_user_id: 'acct_sandbox', token_type: 'bearer' });
  expect(granted.body).not.toHaveProperty('expires_in');
  const asked = { grant_type: 'refresh_token', refresh_token: granted.body.refresh_token ?? '' };
  expect((await ask(asked)).status).toBe(200);
  expect(await ask(asked)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect((await fetch(`${fake.url}/v1/oauth/token`, { ...form(asked), headers: {} })).status).toBe(401);
});

/** The write as it went over the wire: method, path, form, and the headers that Stripe acts on. */
function lastWrite() {
  const request = exchanges.findLast(({ request: { method } }) => method === 'POST')?.request;
  return {
    method: request?.method,
    path: request?.path,
    form: formOf(request?.body),
    version: request?.headers['stripe-version'],
    contentType: request?.headers['content-type'],
    authorization: request?.headers['authorization'],
    hasKey: (request?.headers['idempotency-key'] ?? '') !== '',
  };
}

test('wire: our creation of a customer is the SDK’s', async () => {
  await broker.run('customers.upsert', { records: [ada] });
  const ours = lastWrite();
  await sdk.customers.create({ ...ada, metadata });
  expect(ours).toEqual(lastWrite());
  expect(ours).toMatchObject({ path: '/v1/customers', version: '2026-10-28.endive', hasKey: true });
});

test('wire: our update of a customer is the SDK’s, cleared fields and addresses included', async () => {
  const { id } = await sdk.customers.create({ metadata });
  const vendor = { description: null, 'address.city': 'London', 'metadata.plan': 'team' };
  await broker.run('customers.upsert', { records: [{ ...ada, vendor }] });
  const ours = lastWrite();
  await sdk.customers.update(id, {
    ...ada,
    description: '',
    address: { city: 'London' },
    metadata: { plan: 'team', ...metadata },
  });
  expect(ours).toEqual(lastWrite());
});

test('wire: our refund is the SDK’s', async () => {
  await broker.run('refunds.create', {
    records: [
      {
        reference: 'r-1',
        payment: 'pi_sandbox_kwd',
        amount: { amount: '5.120', currency: 'KWD' },
        reason: 'requested-by-customer',
        vendor: { instructions_email: 'ada@example.com' },
      },
    ],
  });
  const ours = lastWrite();
  await sdk.refunds.create({
    payment_intent: 'pi_sandbox_kwd',
    amount: 5120,
    reason: 'requested_by_customer',
    instructions_email: 'ada@example.com',
    metadata: { external_id: 'r-1' },
  });
  expect(ours).toEqual(lastWrite());
});

test('wire: our search and our reads ask as the SDK does', async () => {
  await sdk.customers.create({ ...ada, metadata });
  await sdk.refunds.create({ payment_intent: 'pi_sandbox_usd', amount: 1, metadata: { external_id: 'r-1' } });
  const asked = async (work: () => Promise<unknown>) => {
    const before = exchanges.length;
    await work();
    return exchanges
      .slice(before)
      .map(({ request }) => [request.method, request.path, formOf(request.query)]);
  };
  const refund = { reference: 'r-1', payment: 'pi_sandbox_usd', amount: { amount: '0.01', currency: 'USD' } };
  const ours = await asked(async () => {
    await broker.run('customers.upsert', { records: [ada] });
    await broker.run('refunds.create', { records: [refund] });
    await broker.run('invoices.get', { input: { vendorId: 'in_sandbox_open' } });
  });
  const theirs = await asked(async () => {
    await sdk.customers.search({ query: `metadata['external_id']:'ada@example.com'`, limit: 100 });
    await sdk.paymentIntents.retrieve('pi_sandbox_usd');
    await sdk.refunds.list({ payment_intent: 'pi_sandbox_usd', limit: 100 });
    await sdk.invoices.retrieve('in_sandbox_open');
  });
  expect(ours).toEqual(theirs);
});
