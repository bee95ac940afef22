import { billing, crm, defineEvent, parseJson, stringifyJson } from '@onceover/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineFlow, definePolicy, deny } from '../index.ts';
import { askAutomation as ask } from '../testing/ask-automation.ts';
import { facts, invoicePaid, quoteFlow, quoteV2, upsertOf } from '../testing/example-flows.ts';
import { serveAutomation } from './serve-automation.ts';

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

test('describe: the module’s own event types and policies, also those that only a flow names', async () => {
  const policy = definePolicy({
    id: 'refunds',
    version: 2,
    on: billing.refunds.create,
    rules: (rule) => [rule('never', () => true, deny('not today'))],
  });
  const reply = await ask({ default: quoteFlow, quoteFlow, quoteV2, policy, other: 7 }, { kind: 'describe' });
  expect(reply).toMatchObject({
    kind: 'described',
    automation: {
      flows: [{ id: 'quote', on: { event: 'billing.quote-sent.v3' } }],
      events: [
        { name: 'billing.quote-sent', version: 2, type: 'billing.quote-sent.v2', hasUpcast: true },
        {
          type: 'billing.quote-sent.v3',
          example: { amount: '1', currency: 'EUR' },
          schema: { type: 'object', required: ['amount', 'currency'], additionalProperties: false },
        },
      ],
      policies: [{ id: 'refunds', version: 2, on: 'billing.refunds.create', rules: ['never'] }],
    },
  });
});

const stepless = defineFlow({ ...facts, id: 'stepless' });
const twin = defineFlow({ ...facts, id: 'invoice-paid' }).step('a', crm.contacts.upsert, upsertOf([]));
const dated = defineEvent({
  name: 'billing.dated',
  version: 1,
  summary: 'Data that is no JSON.',
  schema: z.strictObject({ at: z.date() }),
  example: { at: new Date(0) },
});
const impostor = defineEvent({
  name: 'billing.invoice-paid',
  version: 1,
  summary: 'Another one.',
  schema: z.strictObject({}),
  example: {},
});

test.each<[string, object, string]>([
  ['nothing', {}, 'exports no flow, policy or event type'],
  ['nothing of ours', { a: 1, b: () => 1 }, 'exports no flow, policy or event type'],
  ['a flow without a step', { stepless }, 'Flow stepless: a flow has at least one step'],
  ['two flows of one id', { invoicePaid, twin }, 'Flow invoice-paid is defined twice'],
  ['an event type of a domain', { impostor }, 'billing.invoice-paid.v1 belongs to a domain'],
  ['event data that is no JSON', { dated }, 'Event type billing.dated.v1: its data must be JSON'],
])('describe: a module with %s is refused', async (_what, module, message) => {
  expect(await ask(module, { kind: 'describe' })).toMatchObject({
    kind: 'error',
    error: { class: 'ConfigurationError', message: expect.stringContaining(message) },
  });
});

test('a request of a later version, or none at all, is an error and no crash', async () => {
  for (const request of [{ kind: 'decide', calls: [] }, {}, null, 7]) {
    expect(await ask({ invoicePaid }, request as never)).toMatchObject({ kind: 'error' });
  }
});

test('several modules in one bundle are one automation', async () => {
  const reply = await serveAutomation({ invoicePaid }, { quoteFlow, quoteV2 }).handle(
    { kind: 'describe' },
    () => Promise.reject(new Error('automation code makes no calls')),
    AbortSignal.timeout(1000),
  );
  expect(reply).toMatchObject({ automation: { flows: [{ id: 'invoice-paid' }, { id: 'quote' }] } });
  expect(parseJson(stringifyJson(reply))).toEqual(reply);
});
