import { defineEvent } from '@onceover/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { askAutomation as ask } from '../testing/ask-automation.ts';
import { quoteFlow, quoteV2 } from '../testing/example-flows.ts';
import type { AutomationRequest } from './protocol.ts';

function upcast(module: object, calls: Extract<AutomationRequest, { kind: 'upcast' }>['calls']) {
  return ask(module, { kind: 'upcast', calls });
}

test('upcast: version by version to the one that is asked for', async () => {
  const name = 'billing.quote-sent';
  expect(
    await upcast({ quoteFlow, quoteV2 }, [
      { name, from: 1, to: 3, data: { total: 7 } },
      { name, from: 2, to: 3, data: { amount: '8' } },
      { name, from: 1, to: 2, data: { total: 9 } },
      { name, from: 3, to: 3, data: { amount: '1', currency: 'USD' } },
    ]),
  ).toEqual({
    kind: 'upcasted',
    answers: [
      { data: { amount: '7', currency: 'EUR' } },
      { data: { amount: '8', currency: 'EUR' } },
      { data: { amount: '9' } },
      { data: { amount: '1', currency: 'USD' } },
    ],
  });
});

test('upcast: a version that is not there, a way back, a throw and a bad result are errors of their own', async () => {
  const broken = defineEvent({
    name: 'billing.plan-changed',
    version: 2,
    summary: 'A plan was changed.',
    schema: z.strictObject({ plan: z.string() }),
    example: { plan: 'x' },
    upcast: (previous) => ({ plan: (previous as { plan: { name: string } }).plan.name }),
  });
  const name = 'billing.plan-changed';
  expect(
    await upcast({ quoteFlow, broken }, [
      { name: 'billing.quote-sent', from: 1, to: 3, data: { total: 7 } },
      { name: 'billing.quote-sent', from: 3, to: 2, data: {} },
      { name, from: 1, to: 2, data: {} },
      { name, from: 1, to: 2, data: { plan: { name: 7 } } },
      { name, from: 1, to: 2, data: { plan: { name: 'team' } } },
    ]),
  ).toMatchObject({
    answers: [
      { error: { class: 'ConfigurationError', message: expect.stringContaining('billing.quote-sent.v2') } },
      { error: { class: 'ConfigurationError', message: expect.stringContaining('turned back') } },
      { error: { code: 'automation_threw', message: expect.stringContaining('billing.plan-changed.v2') } },
      { error: { class: 'ValidationError', path: '/plan' } },
      { data: { plan: 'team' } },
    ],
  });
});
