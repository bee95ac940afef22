import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createManualClock, createSandbox, type Sandbox } from '@onceover/connector-kit/sandbox';
import { domainEvents } from '@onceover/contract';
import { expect, test } from 'vitest';
import written from '../../fixtures/golden-templates.generated.json' with { type: 'json' };
import { normalizeEvent } from '../triggers/normalize-event.ts';
import { goldenTemplates } from './golden-templates.ts';
import { objectProblems, publishedKeysGuard } from '../testing/published-keys-guard.ts';
import {
  defineStripeSandbox,
  goldenEvents,
  invoicePaidEvent,
  invoicePaymentFailedEvent,
  type StripeState,
} from './index.ts';

const clock = createManualClock('2026-11-24T10:00:00Z');
const open = (options = {}) => createSandbox(defineStripeSandbox(options), { clock });

async function ask(
  sandbox: Sandbox<StripeState>,
  method: string,
  path: string,
  { query = '', form = {}, headers = {} }: Asked = {},
) {
  const request = {
    method,
    path,
    query,
    headers: {
      authorization: `Bearer ${sandbox.accessToken}`,
      'stripe-version': '2026-10-28.endive',
      ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...headers,
    },
    body: new URLSearchParams(form).toString(),
  };
  const answer = await sandbox.answer(request);
  const problems = publishedKeysGuard.answer(request, answer);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { ...answer, json: JSON.parse(answer.body) as Record<string, unknown> };
}

interface Asked {
  query?: string;
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

test('sandbox: every kind of object has the published keys', async () => {
  const sandbox = open();
  const { json } = await ask(sandbox, 'POST', '/v1/customers', { form: { email: 'a@example.com' } });
  await ask(sandbox, 'GET', `/v1/customers/${String(json['id'])}`);
  await ask(sandbox, 'DELETE', `/v1/customers/${String(json['id'])}`);
  await ask(sandbox, 'GET', `/v1/customers/${String(json['id'])}`);
  for (const payment of ['pi_sandbox_usd', 'pi_sandbox_usd_refund_failed', 'pi_sandbox_usd_refund_pending']) {
    await ask(sandbox, 'POST', '/v1/refunds', { form: { payment_intent: payment, amount: '100' } });
    await ask(sandbox, 'GET', `/v1/payment_intents/${payment}`);
    await ask(sandbox, 'GET', `/v1/charges/${payment.replace('pi_', 'ch_')}`);
  }
  await ask(sandbox, 'GET', '/v1/refunds');
  for (const id of sandbox.state.invoices.keys()) await ask(sandbox, 'GET', `/v1/invoices/${id}`);
  expect(sandbox.requests()).toBe(16);
});

test('guard: a missing key, a foreign key and a foreign nested key are seen', () => {
  const event = invoicePaidEvent({ id: '1', email: 'a@example.com' });
  const { total: _total, ...invoice } = event.data.object;
  expect(objectProblems(invoice, 'x')).toEqual(['x: a invoice has total']);
  expect(objectProblems({ ...event.data.object, subscription: null }, 'x')).toEqual([
    'x: a invoice has no subscription',
  ]);
  const transitions = { ...event.data.object.status_transitions, sent_at: null };
  expect(objectProblems({ ...event.data.object, status_transitions: transitions }, 'x')).toEqual([
    'x/status_transitions has no sent_at',
  ]);
  expect(objectProblems({ object: 'unicorn' }, 'x')).toEqual(['x: Stripe publishes no unicorn']);
});

test('golden: events have the published keys and differ from each other', () => {
  const events = goldenEvents();
  for (const event of events) expect(objectProblems(event, event.id)).toEqual([]);
  expect(new Set(events.map((event) => JSON.stringify(event.data))).size).toBe(events.length);
  expect(events.length).toBeGreaterThanOrEqual(3);
});

test('golden: the written templates are the generator’s, and each, once filled, is a valid business event', () => {
  expect(written.templates).toEqual(goldenTemplates());
  const filled = (n: number): { type: string }[] =>
    written.templates.map(({ event }) => {
      const text = JSON.stringify(event).replaceAll('{{n}}', String(n));
      return JSON.parse(text.replaceAll('"{{seconds}}#"', String(1_795_600_000 + n))) as { type: string };
    });
  for (const event of filled(1007)) {
    expect(objectProblems(event, event.type)).toEqual([]);
    const [first] = normalizeEvent(event);
    const type = domainEvents.find((known) => known.type === first?.type);
    expect(type?.schema.safeParse(first?.data)).toMatchObject({ success: true });
    expect(first?.data).toMatchObject({
      invoiceId: 'in_1007',
      customer: { vendorId: 'cus_1007', email: 'payer-1007@example.com', name: 'Payer Number 1007' },
    });
  }
  expect(JSON.stringify(written)).not.toContain('1795514');
});

test('golden: ids, e-mail, money, time and account are the caller’s', () => {
  const event = invoicePaymentFailedEvent({
    id: '77',
    email: 'grace@example.com',
    name: 'Grace Hopper',
    currency: 'eur',
    amount: 2000,
    created: 1_795_600_000,
    account: 'acct_1',
  });
  expect(event).toMatchObject({
    id: 'evt_77',
    account: 'acct_1',
    created: 1_795_600_000,
    data: {
      object: { id: 'in_77', customer: 'cus_77', customer_email: 'grace@example.com', amount_due: 2000 },
    },
  });
});

test('search: does not see what is younger than its lag, nor a customer who was deleted', async () => {
  const sandbox = open({ searchLagSeconds: 45 });
  const form = { 'metadata[external_id]': 'a@example.com', name: 'first' };
  const { json } = await ask(sandbox, 'POST', '/v1/customers', { form });
  const search = async () => {
    const query = new URLSearchParams({ query: `metadata["external_id"]:"a@example.com"` }).toString();
    const found = (await ask(sandbox, 'GET', '/v1/customers/search', { query })).json['data'];
    return (found as { name: string }[]).map(({ name }) => name);
  };
  expect(await search()).toEqual([]);
  clock.advance(45);
  expect(await search()).toEqual(['first']);
  await ask(sandbox, 'POST', `/v1/customers/${String(json['id'])}`, { form: { name: 'second' } });
  clock.advance(30);
  expect(await search()).toEqual(['first']);
  clock.advance(30);
  expect(await search()).toEqual(['second']);
  await ask(sandbox, 'DELETE', `/v1/customers/${String(json['id'])}`);
  clock.advance(60);
  expect(await search()).toEqual([]);
});

test('search: what it cannot parse is refused', async () => {
  const query = new URLSearchParams({ query: `metadata['x']:'it's'` }).toString();
  expect((await ask(open(), 'GET', '/v1/customers/search', { query })).status).toBe(400);
});

test.each([
  ['/v1/customers', { e_mail: 'a@example.com' }, 'parameter_unknown', 'e_mail'],
  ['/v1/customers', { 'address[planet]': 'Mars' }, 'parameter_unknown', 'address[planet]'],
  ['/v1/customers', { email: 'nobody' }, undefined, 'email'],
  ['/v1/refunds', { payment_intent: 'pi_none' }, 'resource_missing', 'payment_intent'],
  ['/v1/refunds', { payment_intent: 'pi_sandbox_kwd', amount: '5' }, undefined, 'amount'],
  ['/v1/refunds', { payment_intent: 'pi_sandbox_usd', reason: 'just because' }, undefined, 'reason'],
])('requests: POST %s with %o is refused', async (path, form, code, param) => {
  const { status, json } = await ask(open(), 'POST', path, { form });
  expect(status).toBe(400);
  expect(json).toMatchObject({ error: { type: 'invalid_request_error', param, ...(code && { code }) } });
});

test('requests: another API version, or JSON, is refused', async () => {
  const version = { 'stripe-version': '2020-08-27' };
  expect((await ask(open(), 'POST', '/v1/customers', { headers: version })).status).toBe(400);
  const json = { 'content-type': 'application/json' };
  const asked = { form: { email: 'a@example.com' }, headers: json };
  expect((await ask(open(), 'POST', '/v1/customers', asked)).status).toBe(400);
});

test('idempotency: while the first request of a key is at work, a second one gets 409', async () => {
  const sandbox = open();
  sandbox.faults.add({ match: 'POST /v1/customers', status: 500, delayMs: 50 });
  const keyed = { form: { email: 'a@example.com' }, headers: { 'idempotency-key': 'k1' } };
  const first = ask(sandbox, 'POST', '/v1/customers', keyed);
  const second = await ask(sandbox, 'POST', '/v1/customers', keyed);
  expect(second).toMatchObject({ status: 409, json: { error: { code: 'idempotency_key_in_use' } } });
  expect((await first).status).toBe(500);
});

test('refunds: a payment is never given back more than once over', async () => {
  const sandbox = open();
  const all = { form: { payment_intent: 'pi_sandbox_usd' } };
  expect((await ask(sandbox, 'POST', '/v1/refunds', all)).json).toMatchObject({ amount: 100_000_00 });
  expect((await ask(sandbox, 'POST', '/v1/refunds', all)).json).toMatchObject({
    error: { code: 'charge_already_refunded' },
  });
});

test('seeds: customers, payments and invoices that were always there leave no trace in the ledger', async () => {
  const sandbox = open({ searchLagSeconds: 60 });
  sandbox.seed([
    { customer: { id: 'cus_seed', email: 'a@example.com', metadata: { external_id: 'a@example.com' } } },
    { payment: { charge: 'ch_seed', paymentIntent: 'pi_seed', amount: 500, currency: 'eur' } },
    {
      invoice: {
        id: 'in_seed',
        number: 'S-1',
        status: 'paid',
        currency: 'eur',
        total: 500,
        paid: 500,
        customer: { id: 'cus_seed', email: 'a@example.com' },
      },
    },
  ]);
  const query = new URLSearchParams({ query: `metadata['external_id']:'a@example.com'` }).toString();
  expect((await ask(sandbox, 'GET', '/v1/customers/search', { query })).json).toMatchObject({
    data: [{ id: 'cus_seed' }],
  });
  expect((await ask(sandbox, 'GET', '/v1/payment_intents/pi_seed')).json).toMatchObject({ currency: 'eur' });
  expect((await ask(sandbox, 'GET', '/v1/invoices/in_seed')).json).toMatchObject({ amount_paid: 500 });
  expect(sandbox.ledger.effects()).toEqual([]);
  expect(() => sandbox.seed([{ unicorn: {} }])).toThrow(/unicorn/);
});

test('webhooks: a delivery is the event itself, signed as Stripe signs', () => {
  const { method, headers, body } = open().render({
    to: 'http://127.0.0.1:1/hook',
    event: invoicePaidEvent({ id: '9', email: 'a@example.com' }),
  });
  expect(method).toBe('POST');
  expect(headers['stripe-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
  expect(JSON.parse(body)).toMatchObject({ id: 'evt_9', type: 'invoice.paid' });
});

test('webhooks: a subscriber hears of each change, and which of its keys caused it', async () => {
  const heard: Record<string, unknown>[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      heard.push(JSON.parse(body) as Record<string, unknown>);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const sandbox = open();
  sandbox.subscribe(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`);
  const headers = { 'idempotency-key': 'our-key' };
  const form = { email: 'a@example.com' };
  const { json } = await ask(sandbox, 'POST', '/v1/customers', { form, headers });
  const path = `/v1/customers/${String(json['id'])}`;
  await ask(sandbox, 'POST', path, { form: { name: 'A' } });
  await ask(sandbox, 'POST', path, { form: { name: 'A' } });
  await ask(sandbox, 'POST', '/v1/refunds', {
    form: { payment_intent: 'pi_sandbox_usd', amount: '1' },
    headers: { 'idempotency-key': 'k2' },
  });
  await sandbox.settled();
  await new Promise((resolve) => receiver.close(resolve));
  expect(heard).toMatchObject([
    { type: 'customer.created', request: { idempotency_key: 'our-key' } },
    { type: 'customer.updated', request: { idempotency_key: null } },
    { type: 'refund.created', request: { idempotency_key: 'k2' } },
  ]);
  for (const event of heard) expect(objectProblems(event, String(event['type']))).toEqual([]);
});
