import { billing, crm, defineEvent, type JsonValue, support } from '@onceover/contract';
import { z } from 'zod';
import { defineFlow, kpi } from '../index.ts';
import type { EventView } from '../hosting/protocol.ts';

/** Flows and an event for the tests of this package. */

export const invoicePaid = defineFlow({
  id: 'invoice-paid',
  version: 1,
  on: billing.invoicePaid,
  owner: 'revenue-operations',
  runbook: './runbook.md',
  tier: 'revenue',
  kpi: kpi.duration('payment to CRM', { from: 'event.time', to: 'step.contact' }),
  orderBy: ({ event }) => event.data.customer.email,
})
  .step('contact', crm.contacts.upsert, ({ event }) => ({
    connection: 'crm',
    records: [{ email: event.data.customer.email }],
  }))
  .step(
    'ticket',
    support.tickets.upsert,
    ({ event, contact }) => ({
      connection: 'support',
      records: [
        {
          externalId: `invoice-${event.data.invoiceId}`,
          subject: 'Welcome',
          description: `Contact ${contact.effects[0]?.vendorId}`,
          requester: { email: event.data.customer.email },
        },
      ],
    }),
    { when: ({ event }) => event.data.firstInvoice },
  );

export const event: EventView = {
  id: 'evt_1',
  source: '/connections/billing',
  type: 'billing.invoice-paid.v1',
  time: '2026-11-24T10:00:00Z',
  data: billing.invoicePaid.example as unknown as JsonValue,
};

export const facts = {
  version: 1,
  on: billing.invoicePaid,
  owner: 'revenue-operations',
  runbook: './runbook.md',
  tier: 'notify',
  kpi: kpi.count('runs'),
} as const;

export const upsertOf = (records: unknown) => () => ({ connection: 'crm', records }) as never;

const quoteSchema = z.strictObject({ amount: z.string(), currency: z.string() });
export const quoteV2 = defineEvent({
  name: 'billing.quote-sent',
  version: 2,
  summary: 'A quote was sent.',
  schema: z.strictObject({ amount: z.string() }),
  example: { amount: '1' },
  upcast: (previous) => ({ amount: String((previous as { total: number }).total) }),
});
export const quoteV3 = defineEvent({
  name: 'billing.quote-sent',
  version: 3,
  summary: 'A quote was sent.',
  schema: quoteSchema,
  example: { amount: '1', currency: 'EUR' },
  upcast: (previous) => ({ ...(previous as { amount: string }), currency: 'EUR' }),
});
export const quoteFlow = defineFlow({ ...facts, id: 'quote', on: quoteV3 }).step(
  'a',
  crm.contacts.upsert,
  upsertOf([]),
);
