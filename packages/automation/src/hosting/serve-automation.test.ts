import { billing, crm, type JsonValue, support } from '@onceover/contract';
import { expect, test } from 'vitest';
import { defineFlow, kpi } from '../index.ts';
import type { AutomationReply, AutomationRequest, EventView } from './protocol.ts';
import { serveAutomation } from './serve-automation.ts';

const invoicePaid = defineFlow({
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

export async function ask(module: object, request: AutomationRequest): Promise<AutomationReply> {
  const reply = await serveAutomation(module).handle(
    JSON.parse(JSON.stringify(request)) as JsonValue,
    () => Promise.reject(new Error('automation code makes no calls')),
    AbortSignal.timeout(1000),
  );
  expect(JSON.parse(JSON.stringify(reply))).toEqual(reply);
  return reply as unknown as AutomationReply;
}

const event: EventView = {
  id: 'evt_1',
  source: '/connections/billing',
  type: 'billing.invoice-paid.v1',
  time: '2026-11-24T10:00:00Z',
  data: billing.invoicePaid.example as unknown as JsonValue,
};

test('describe: a flow is told as data with its defaults', async () => {
  expect(await ask({ invoicePaid }, { kind: 'describe' })).toEqual({
    kind: 'described',
    automation: {
      flows: [
        {
          id: 'invoice-paid',
          version: 1,
          on: { event: 'billing.invoice-paid.v1' },
          owner: 'revenue-operations',
          runbook: './runbook.md',
          tier: 'revenue',
          kpi: { kind: 'duration', name: 'payment to CRM', from: 'event.time', to: 'step.contact' },
          echoes: false,
          hasOrderBy: true,
          lane: { onDeadLetter: 'hold' },
          retry: { maxAttempts: 12, maxHours: 24 },
          steps: [
            {
              kind: 'operation',
              id: 'contact',
              operation: 'crm.contacts.upsert',
              mode: 'write',
              hasWhen: false,
              hasForEach: false,
            },
            {
              kind: 'operation',
              id: 'ticket',
              operation: 'support.tickets.upsert',
              mode: 'write',
              hasWhen: true,
              hasForEach: false,
            },
          ],
        },
      ],
      events: [],
      policies: [],
    },
  });
});

test('render-step: a step sees the event and the results before it; one call’s error is its own', async () => {
  const results = {
    contact: { effects: [{ naturalKey: 'ada@example.com', outcome: 'created', vendorId: '501' }] },
  };
  const reply = await ask(
    { invoicePaid },
    {
      kind: 'render-step',
      calls: [
        { flow: 'invoice-paid', step: 'contact', event, results: {} },
        { flow: 'invoice-paid', step: 'ticket', event, results },
        { flow: 'invoice-paid', step: 'nowhere', event, results },
      ],
    },
  );
  expect(reply).toMatchObject({
    kind: 'rendered',
    answers: [
      {
        kind: 'operation',
        iterations: [{ connection: 'crm', records: [{ email: 'ada@example.com' }] }],
      },
      {
        kind: 'operation',
        iterations: [
          {
            connection: 'support',
            records: [{ externalId: 'invoice-inv_1001', description: 'Contact 501' }],
          },
        ],
      },
      { error: { class: 'ConfigurationError', message: 'Flow invoice-paid has no step nowhere' } },
    ],
  });
});

test('order-by: the lane is the e-mail address in canonical form', async () => {
  const shouted = { ...event, data: { ...(event.data as object), customer: { email: ' ADA@Example.com' } } };
  const reply = await ask(
    { invoicePaid },
    { kind: 'order-by', calls: [{ flow: 'invoice-paid', event: shouted }] },
  );
  expect(reply).toEqual({ kind: 'ordered', answers: [{ key: 'ada@example.com' }] });
});
