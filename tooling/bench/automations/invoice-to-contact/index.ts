import { defineFlow, kpi } from '@onceover/automation';
import { billing, crm } from '@onceover/contract';

/** One effect for each event: the shortest way from a signed webhook to a vendor. */
export const invoiceToContact = defineFlow({
  id: 'invoice-to-contact',
  version: 1,
  on: billing.invoicePaid,
  owner: 'benchmark',
  runbook: './runbook.md',
  tier: 'operational',
  kpi: kpi.duration('payment to CRM', { from: 'event.time', to: 'step.contact' }),
  orderBy: ({ event }) => event.data.customer.email,
}).step('contact', crm.contacts.upsert, ({ event }) => ({
  connection: 'crm',
  records: [{ email: event.data.customer.email }],
}));
