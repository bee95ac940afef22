import { defineFlow, kpi } from '@onceover/automation';
import { crm, support } from '@onceover/contract';

/** Sales sees an escalation on the contact before the next call. */
export const ticketEscalated = defineFlow({
  id: 'ticket-escalated',
  version: 1,
  on: support.ticketEscalated,
  owner: 'customer-success',
  runbook: './runbook.md',
  tier: 'operational',
  kpi: kpi.duration('escalation to CRM', { from: 'event.time', to: 'step.contact' }),
  orderBy: ({ event }) => event.data.ticket.requester.email,
}).step('contact', crm.contacts.upsert, ({ event: { data } }) => ({
  connection: 'crm',
  records: [
    {
      email: data.ticket.requester.email,
      // Properties that the CRM's administrator has made: see the runbook.
      vendor: { last_escalation_at: data.escalatedAt, last_escalation_priority: data.priority },
    },
  ],
}));
