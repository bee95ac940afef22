import { billing, crm } from '@onceover/contract';
import { test } from 'vitest';
import { defineFlow, kpi } from '../index.ts';
import { failsWith, runCases } from './index.ts';

const flow = defineFlow({
  id: 'invoice-paid',
  version: 1,
  on: billing.invoicePaid,
  owner: 'revenue-operations',
  runbook: './runbook.md',
  tier: 'revenue',
  kpi: kpi.count('paid invoices'),
})
  .step('found', crm.contacts.find, () => ({ connection: 'crm', input: { vendorId: '1' } }))
  .step('contact', crm.contacts.upsert, () => ({ connection: 'crm', records: [] }), { when: () => true })
  .wait('pause', ({ event }) => event.time);

test('a case knows its flow', () => {
  runCases(flow, [
    {
      name: 'all of it',
      event: { customer: { email: 'x', name: undefined }, amount: { currency: 'EUR' } },
      envelope: { id: 'a', time: '2026-11-24T10:00:00Z' },
      results: { found: { contact: null }, contact: undefined },
      expect: {
        lane: null,
        steps: {
          found: { connection: 'crm', input: { vendorId: '1' } },
          contact: 'skipped',
          pause: { until: '2026-11-24T10:00:00Z' },
        },
      },
    },
    { name: 'a failure', expect: { steps: { found: failsWith('/input') } } },
  ]);
  // @ts-expect-error the event has no such field
  runCases(flow, [{ name: 'x', event: { invoice: 1 }, expect: { steps: {} } }]);
  // @ts-expect-error the flow has no such step
  runCases(flow, [{ name: 'x', expect: { steps: { ticket: 'skipped' } } }]);
  // @ts-expect-error a step without `when` is never skipped
  runCases(flow, [{ name: 'x', expect: { steps: { found: 'skipped' } } }]);
  // @ts-expect-error a wait has no result
  runCases(flow, [{ name: 'x', results: { pause: 1 }, expect: { steps: {} } }]);
  // @ts-expect-error the result is not of the operation's type
  runCases(flow, [{ name: 'x', results: { found: { contact: 7 } }, expect: { steps: {} } }]);
});
