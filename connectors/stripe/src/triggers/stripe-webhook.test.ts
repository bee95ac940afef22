import { billing, type JsonValue, verifyDelivery } from '@onceover/contract';
import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { goldenEvents, invoicePaidEvent, invoicePaymentFailedEvent } from '../sandbox/index.ts';
import { stripeWebhook } from './stripe-webhook.ts';

const secret = 'webhook-secret-of-a-test';
const at = new Date('2026-11-24T10:00:00Z');
const { webhooks } = new Stripe('no-key');

function delivery(header: string, body: string) {
  return {
    method: 'POST',
    url: 'http://127.0.0.1:4400/v1/hooks/billing',
    headers: { 'stripe-signature': header },
    rawBody: Buffer.from(body),
  };
}

function signed(payload: string, options: { secret?: string; at?: Date } = {}) {
  const timestamp = Math.floor((options.at ?? at).getTime() / 1000);
  return webhooks.generateTestHeaderString({ payload, secret: options.secret ?? secret, timestamp });
}

const verdict = (header: string, body: string, secrets = [secret], now = at) =>
  verifyDelivery(stripeWebhook.signature, delivery(header, body), secrets, now);

test.each(goldenEvents().map((event) => [event.id, event] as const))(
  'signature: what the SDK signs is verified, and what either lets through the other does (%s)',
  (_, event) => {
    const body = JSON.stringify(event);
    const header = signed(body);
    expect(verdict(header, body)).toEqual({ verified: true, signedAt: at });
    expect(webhooks.constructEvent(body, header, secret, 300, undefined, at.getTime()).id).toBe(event.id);
  },
);

test('signature: a flipped bit anywhere in the body or in the signature is refused', () => {
  const body = JSON.stringify(goldenEvents()[0]);
  const header = signed(body);
  for (let index = 0; index < body.length; index += 97) {
    const flipped = Buffer.from(body);
    flipped.writeUInt8(flipped.readUInt8(index) ^ 1, index);
    expect(
      verifyDelivery(stripeWebhook.signature, { ...delivery(header, ''), rawBody: flipped }, [secret], at),
    ).toMatchObject({ verified: false, reason: 'mismatch' });
  }
  const last = header.at(-1) === '0' ? '1' : '0';
  expect(verdict(header.slice(0, -1) + last, body)).toMatchObject({ verified: false, reason: 'mismatch' });
});

test('signature: while a secret is rolled either of the two v1 verifies, with the old secret or the new one', () => {
  const body = JSON.stringify(goldenEvents()[1]);
  const both = `${signed(body, { secret: 'the-new-one' })},${signed(body).replace(/^t=\d+,/, '')}`;
  expect(verdict(both, body, ['the-new-one']).verified).toBe(true);
  expect(verdict(both, body, [secret]).verified).toBe(true);
  expect(verdict(both, body, ['another']).verified).toBe(false);
});

test('signature: five minutes either way and no more, and the time is part of what is signed', () => {
  const body = '{}';
  const after = (seconds: number) => new Date(at.getTime() + seconds * 1000);
  expect(verdict(signed(body), body, [secret], after(300)).verified).toBe(true);
  expect(verdict(signed(body), body, [secret], after(301))).toMatchObject({ reason: 'stale-timestamp' });
  expect(verdict(signed(body), body, [secret], after(-301))).toMatchObject({ reason: 'stale-timestamp' });
  const moved = signed(body).replace(/^t=\d+/, `t=${at.getTime() / 1000 + 400}`);
  expect(verdict(moved, body, [secret], after(400))).toMatchObject({ reason: 'mismatch' });
});

test('signature: a scheme other than v1 counts for nothing', () => {
  const body = '{}';
  const header = signed(body).replace('v1=', 'v0=');
  expect(verdict(header, body)).toMatchObject({ verified: false, reason: 'no-signature' });
});

const normalize = (item: JsonValue) => stripeWebhook.normalize({ item });

test('normalize: a paid first invoice says who paid what, when, and that it is the first', () => {
  const event = invoicePaidEvent({
    id: '1001',
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    first: true,
    created: 1_795_514_400,
  });
  expect(normalize(event)).toEqual([
    {
      type: 'billing.invoice-paid.v1',
      data: {
        invoiceId: 'in_1001',
        number: 'GOLDEN-1001',
        customer: { vendorId: 'cus_1001', email: 'ada@example.com', name: 'Ada Lovelace' },
        amount: { amount: '800.00', currency: 'USD' },
        paidAt: '2026-11-24T10:00:00Z',
        firstInvoice: true,
      },
    },
  ]);
});

test('normalize: a failed payment says what is still due, which attempt failed and when the next one is', () => {
  const event = invoicePaymentFailedEvent({
    id: '1002',
    email: 'seki@example.jp',
    currency: 'jpy',
    amount: 5000,
    attempt: 2,
    created: 1_795_514_400,
  });
  expect(normalize(event)).toEqual([
    {
      type: 'billing.invoice-payment-failed.v1',
      data: {
        invoiceId: 'in_1002',
        number: 'GOLDEN-1002',
        customer: { vendorId: 'cus_1002', email: 'seki@example.jp' },
        amount: { amount: '5000', currency: 'JPY' },
        failedAt: '2026-11-24T10:00:00Z',
        attempt: 2,
        nextAttemptAt: '2026-11-27T10:00:00Z',
      },
    },
  ]);
});

test('normalize: every golden event is valid data of its event type', () => {
  const types = new Map([billing.invoicePaid, billing.invoicePaymentFailed].map((one) => [one.type, one]));
  const events = goldenEvents().flatMap((event) => normalize(event));
  expect(events).toHaveLength(goldenEvents().length);
  for (const { type, data } of events) expect(types.get(type)?.schema.parse(data)).toEqual(data);
});

test('normalize: an expanded customer counts by its id', () => {
  const event = invoicePaidEvent({ id: '1003', email: 'ada@example.com' });
  const object = { ...event.data.object, customer: { id: 'cus_expanded', object: 'customer' } };
  expect(normalize({ ...event, data: { object } })).toMatchObject([
    { data: { customer: { vendorId: 'cus_expanded' } } },
  ]);
});

test('normalize: without customer_email the item fails, with the path of what is missing', () => {
  expect(() => normalize(invoicePaidEvent({ id: '1004', email: null }))).toThrow(
    expect.objectContaining({
      name: 'ValidationError',
      code: 'no_customer_email',
      path: '/data/object/customer_email',
    }),
  );
});

test.each([
  ['currency', 'dollars', '/data/object/currency'],
  ['id', '', '/data/object/id'],
  ['attempt_count', 'two', '/data/object/attempt_count'],
])('normalize: an invoice with a bad %s fails with its path', (field, value, path) => {
  const event = invoicePaymentFailedEvent({ id: '1005', email: 'ada@example.com' });
  const broken = { ...event, data: { object: { ...event.data.object, [field]: value } } };
  expect(() => normalize(broken)).toThrow(expect.objectContaining({ name: 'ValidationError', path }));
});

test('normalize: an amount that is no integer fails', () => {
  const event = invoicePaidEvent({ id: '1006', email: 'ada@example.com' });
  const broken = { ...event, data: { object: { ...event.data.object, amount_paid: '1.5' } } };
  expect(() => normalize(broken)).toThrow(/must be an integer/);
});

test('normalize: other types are no business event, whatever their object looks like', () => {
  const event = invoicePaidEvent({ id: '1007', email: 'ada@example.com' });
  expect(normalize({ ...event, type: 'invoice.finalized' })).toEqual([]);
  expect(normalize({ ...event, type: 'customer.created', data: { object: { id: 'cus_1' } } })).toEqual([]);
});

/** A golden event with other fields in its invoice; undefined takes one away. */
function withInvoice(change: Readonly<Record<string, unknown>>, failed = false) {
  const golden = { id: '1008', email: 'ada@example.com', name: 'Ada Lovelace', created: 1_795_514_400 };
  const event = failed ? invoicePaymentFailedEvent(golden) : invoicePaidEvent(golden);
  const object = Object.entries({ ...event.data.object, ...change }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...event, data: { object: Object.fromEntries(object) as JsonValue } };
}

test.each([
  [{ paid_at: 1_795_510_800 }, '2026-11-24T09:00:00Z'],
  [{ paid_at: null }, '2026-11-24T10:00:00Z'],
  [{}, '2026-11-24T10:00:00Z'],
  [null, '2026-11-24T10:00:00Z'],
  [undefined, '2026-11-24T10:00:00Z'],
])('normalize: with the transitions %o it was paid at %s', (transitions, paidAt) => {
  expect(normalize(withInvoice({ status_transitions: transitions }))).toMatchObject([{ data: { paidAt } }]);
});

test.each([
  ['name', { customer_name: '' }],
  ['name', { customer_name: null }],
  ['vendorId', { customer: null }],
])('normalize: a customer without a %s (%o) has none', (field, change) => {
  const [event] = normalize(withInvoice(change));
  expect(event?.data).toHaveProperty('customer.email', 'ada@example.com');
  expect(event?.data).not.toHaveProperty(`customer.${field}`);
});

test('normalize: an empty customer_email is as none', () => {
  expect(() => normalize(withInvoice({ customer_email: '' }))).toThrow(
    expect.objectContaining({ code: 'no_customer_email', path: '/data/object/customer_email' }),
  );
});

test('normalize: an invoice that Stripe never tried to collect has no attempt', () => {
  expect(normalize(withInvoice({ attempt_count: null }, true))).toMatchObject([{ data: { attempt: 0 } }]);
});

test.each([
  [{ type: 'invoice.paid' }, '/created'],
  [{ created: 1, type: 'invoice.paid', data: {} }, '/data/object'],
  [{ created: 1, data: { object: {} } }, '/type'],
])('normalize: %o is no event of Stripe, and the path says why', (item, path) => {
  expect(() => normalize(item)).toThrow(expect.objectContaining({ name: 'ValidationError', path }));
});

test.each(['draft', 'open', 'paid', 'void', 'uncollectible', null])(
  'normalize: an invoice may be %s by the time it is read',
  (status) => {
    expect(normalize(withInvoice({ status }))).toHaveLength(1);
  },
);

test.each(['billing_reason', 'number', 'created', 'due_date', 'attempt_count', 'next_payment_attempt'])(
  'normalize: an invoice without %s is still one',
  (field) => {
    expect(normalize(withInvoice({ [field]: null }, true))).toHaveLength(1);
    expect(normalize(withInvoice({ [field]: undefined }, true))).toHaveLength(1);
  },
);

test('normalize: an id of one character is an id', () => {
  expect(normalize(withInvoice({ id: 'i' }))).toMatchObject([{ data: { invoiceId: 'i' } }]);
});
