import { invoiceSchema } from '@onceover/contract';
import { expect, test } from 'vitest';
import published from '../../fixtures/published-objects.json' with { type: 'json' };
import { callsOf, createStripeWorld } from '../testing/stripe-world.ts';

const get = 'invoices.get';

test('invoices.get: a paid invoice with its customer, amounts and times', async () => {
  const { broker, problems } = await createStripeWorld();
  const { reply } = await broker.run(get, { input: { vendorId: 'in_sandbox_paid' } });
  expect(reply).toEqual({
    kind: 'read',
    output: {
      invoice: {
        vendorId: 'in_sandbox_paid',
        number: 'SANDBOX-0001',
        status: 'paid',
        customer: { vendorId: 'cus_sandbox_ada', email: 'ada@example.com', name: 'Ada Lovelace' },
        total: { amount: '800.00', currency: 'USD' },
        paid: { amount: '800.00', currency: 'USD' },
        createdAt: '2026-11-01T00:00:00Z',
      },
    },
  });
  expect(problems).toEqual([]);
});

test('invoices.get: an open invoice in a currency without decimals, due some day', async () => {
  const { broker } = await createStripeWorld();
  const { reply } = await broker.run(get, { input: { vendorId: 'in_sandbox_open' } });
  expect(reply).toMatchObject({
    output: {
      invoice: {
        status: 'open',
        total: { amount: '5000', currency: 'JPY' },
        paid: { amount: '0', currency: 'JPY' },
        dueAt: '2026-12-01T00:00:00Z',
      },
    },
  });
});

test('invoices.get: null for an invoice that Stripe does not have', async () => {
  const { broker } = await createStripeWorld();
  expect((await broker.run(get, { input: { vendorId: 'in_none' } })).reply).toEqual({
    kind: 'read',
    output: { invoice: null },
  });
});

test('invoices.get: null for one that was deleted', async () => {
  const world = await createStripeWorld();
  const body = JSON.stringify({ ...published.objects.invoice, deleted: true });
  world.tamper((answer) => ({ ...answer, body }));
  expect((await world.broker.run(get, { input: { vendorId: 'in_sandbox_paid' } })).reply).toMatchObject({
    output: { invoice: null },
  });
});

test('invoices.get: the body that Stripe publishes is read', async () => {
  const world = await createStripeWorld();
  world.tamper((answer) => ({ ...answer, body: JSON.stringify(published.objects.invoice) }));
  const { reply } = await world.broker.run(get, { input: { vendorId: 'in_sandbox_paid' } });
  expect(reply).toMatchObject({
    output: {
      invoice: {
        vendorId: published.objects.invoice.id,
        status: 'draft',
        customer: { vendorId: published.objects.invoice.customer },
        total: { amount: '10.00', currency: 'USD' },
        paid: { amount: '0.00', currency: 'USD' },
      },
    },
  });
  expect(
    invoiceSchema.safeParse(reply.kind === 'read' && (reply.output as { invoice: unknown }).invoice).success,
  ).toBe(true);
});

test('invoices.get: an invoice without a status was not finalised yet', async () => {
  const world = await createStripeWorld();
  const body = JSON.stringify({ ...published.objects.invoice, status: null });
  world.tamper((answer) => ({ ...answer, body }));
  const { reply } = await world.broker.run(get, { input: { vendorId: 'in_sandbox_paid' } });
  expect(reply).toMatchObject({ output: { invoice: { status: 'draft' } } });
});

test('invoices.get: an id is one segment of the path, whatever it holds', async () => {
  const { broker } = await createStripeWorld();
  const result = await broker.run(get, { input: { vendorId: 'in ö' } });
  expect(callsOf(result)).toEqual(['GET /v1/invoices/in%20%C3%B6']);
});

test.each(['open', 'paid', 'void', 'uncollectible'])('invoices.get: an invoice may be %s', async (status) => {
  const world = await createStripeWorld();
  const body = JSON.stringify({ ...published.objects.invoice, status });
  world.tamper((answer) => ({ ...answer, body }));
  const { reply } = await world.broker.run(get, { input: { vendorId: 'in_sandbox_paid' } });
  expect(reply).toMatchObject({ output: { invoice: { status } } });
});
