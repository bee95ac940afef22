import { describeCases } from '@onceover/automation/testing/vitest';
import { ticketEscalated } from './ticket-escalated-flow.ts';

describeCases(ticketEscalated, [
  {
    name: 'an escalation is written on the requester’s contact, and nothing else of it is touched',
    expect: {
      lane: 'ada@example.com',
      steps: {
        contact: {
          connection: 'crm',
          records: [
            {
              email: 'ada@example.com',
              vendor: {
                last_escalation_at: '2026-11-24T10:00:00Z',
                last_escalation_priority: 'urgent',
              },
            },
          ],
        },
      },
    },
  },
  {
    name: 'a later escalation carries its own time and priority',
    event: { priority: 'high', escalatedAt: '2026-11-25T08:30:00+01:00' },
    expect: {
      steps: {
        contact: {
          connection: 'crm',
          records: [
            {
              email: 'ada@example.com',
              vendor: {
                last_escalation_at: '2026-11-25T08:30:00+01:00',
                last_escalation_priority: 'high',
              },
            },
          ],
        },
      },
    },
  },
]);
