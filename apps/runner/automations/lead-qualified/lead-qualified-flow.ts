import { defineFlow, kpi } from '@onceover/automation';
import { billing, crm } from '@onceover/contract';

/** A qualified lead can be billed at once: the customer waits at billing before the first quote. */
export const leadQualified = defineFlow({
  id: 'lead-qualified',
  version: 1,
  on: crm.leadQualified,
  owner: 'revenue-operations',
  runbook: './runbook.md',
  tier: 'operational',
  kpi: kpi.duration('qualified to billable', { from: 'event.time', to: 'step.customer' }),
  orderBy: ({ event }) => event.data.contact.email,
}).step('customer', billing.customers.upsert, ({ event }) => {
  const { email, firstName, lastName, phone } = event.data.contact;
  const name = [firstName, lastName].filter((part) => part !== undefined).join(' ');
  return {
    connection: 'billing',
    records: [{ email, ...(name === '' ? {} : { name }), ...(phone === undefined ? {} : { phone }) }],
  };
});
