import { defineFlow, kpi } from '@onceover/automation';
import { billing, crm, support } from '@onceover/contract';
import { toContact } from './to-contact.ts';

/** Who pays is a customer everywhere, and a first invoice opens a welcome ticket. */
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
    records: [toContact(event.data.customer)],
  }))
  .step('requester', support.users.upsert, ({ event: { data } }) => ({
    connection: 'support',
    records: [{ email: data.customer.email, name: data.customer.name?.trim() || data.customer.email }],
  }))
  .step(
    'ticket',
    support.tickets.upsert,
    ({ event: { data } }) => ({
      connection: 'support',
      records: [
        {
          externalId: `invoice-${data.invoiceId}`,
          subject: `Welcome: invoice ${data.number ?? data.invoiceId} is paid`,
          description: `The first invoice, ${data.amount.amount} ${data.amount.currency}, was paid. Say welcome and offer a first call.`,
          requester: { email: data.customer.email },
          priority: 'normal',
          tags: ['first-invoice'],
        },
      ],
    }),
    { when: ({ event }) => event.data.firstInvoice },
  );
