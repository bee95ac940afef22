import { defineConformance } from '@onceover/connector-kit/testing';
import { goldenEvents, invoicePaidEvent, sandbox } from './sandbox/index.ts';
import { stripe } from './stripe-connector.ts';
import { stripeMoney } from './stripe-money.ts';
import { publishedKeysGuard } from './testing/published-keys-guard.ts';
import { signatureVectors } from './testing/signature-vectors.ts';
import { normalizeEvent } from './triggers/normalize-event.ts';

const ada = { email: 'Ada@example.com', name: 'Ada Lovelace' };
const refund = { reference: 'r-1', payment: 'pi_sandbox_usd', amount: { amount: '5.00', currency: 'USD' } };

/** The conformance suite of Stripe: samples, golden events and the account's published keys. */
export const conformance = defineConformance(stripe, {
  sandbox,
  contract: publishedKeysGuard,
  connection: { account: 'acct_sandbox' },
  money: stripeMoney,
  samples: {
    'customers.upsert': {
      kind: 'write',
      records: [ada],
      changed: [{ ...ada, name: 'Ada King' }],
      rendered: () => ({
        method: 'POST',
        path: '/v1/customers',
        body: 'email=Ada%40example.com&name=Ada+Lovelace&metadata%5Bexternal_id%5D=ada%40example.com',
      }),
      // A linked customer who is gone is forgotten, and the call planned anew.
      accepted: { 'GET /v1/customers/{id}': [404, 410] },
    },
    'refunds.create': {
      kind: 'write',
      records: [refund],
      others: [[{ ...refund, reference: 'r-2', payment: 'ch_sandbox_direct' }]],
      repeated: ['unchanged'],
      rendered: () => ({
        method: 'POST',
        path: '/v1/refunds',
        body: 'payment_intent=pi_sandbox_usd&amount=500&metadata%5Bexternal_id%5D=r-1',
      }),
    },
    'invoices.get': {
      kind: 'read',
      accepted: { 'GET /v1/invoices/{id}': [404] },
      cases: [
        {
          name: 'a paid invoice',
          input: { vendorId: 'in_sandbox_paid' },
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
        },
        {
          name: 'null for an invoice that is not there',
          input: { vendorId: 'in_none' },
          output: { invoice: null },
        },
      ],
    },
  },
  triggers: {
    webhook: {
      vectors: signatureVectors,
      items: [
        ...goldenEvents().map((item) => ({ name: item.id, item, events: normalizeEvent(item) })),
        {
          name: 'an event of no meaning here',
          item: { ...invoicePaidEvent({ id: '1', email: 'ada@example.com' }), type: 'invoice.finalized' },
          events: [],
        },
      ],
    },
  },
});
