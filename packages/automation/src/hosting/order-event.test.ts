import { crm } from '@onceover/contract';
import { expect, test } from 'vitest';
import { defineFlow } from '../index.ts';
import { askAutomation as ask } from '../testing/ask-automation.ts';
import { event, facts, invoicePaid, upsertOf } from '../testing/example-flows.ts';

test('order-by: the lane is the e-mail address in canonical form', async () => {
  const shouted = { ...event, data: { ...(event.data as object), customer: { email: ' ADA@Example.com' } } };
  const reply = await ask(
    { invoicePaid },
    { kind: 'order-by', calls: [{ flow: 'invoice-paid', event: shouted }] },
  );
  expect(reply).toEqual({ kind: 'ordered', answers: [{ key: 'ada@example.com' }] });
});

test('order-by: no key, an empty key and a flow without orderBy are lanes of their own', async () => {
  const keyed = (id: string, key: unknown) =>
    defineFlow({ ...facts, id, orderBy: () => key as string }).step('a', crm.contacts.upsert, upsertOf([]));
  const flows = {
    a: keyed('undefined', undefined),
    b: keyed('null', null),
    c: keyed('empty', ' '),
    d: defineFlow({ ...facts, id: 'none' }).step('a', crm.contacts.upsert, upsertOf([])),
    e: keyed('text', '  Order 7 '),
    f: keyed('number', 7),
    g: keyed('long', 'x'.repeat(513)),
    h: keyed('composed', 'cafe\u0301'),
  };
  const order = ['undefined', 'null', 'empty', 'none', 'text', 'composed', 'number', 'long', 'nowhere'];
  expect(await ask(flows, { kind: 'order-by', calls: order.map((flow) => ({ flow, event })) })).toMatchObject(
    {
      kind: 'ordered',
      answers: [
        { key: null },
        { key: null },
        { key: null },
        { key: null },
        { key: 'Order 7' },
        { key: 'caf\u00e9' },
        { error: { class: 'ValidationError' } },
        { error: { class: 'ValidationError' } },
        { error: { class: 'ConfigurationError', message: 'The automation has no flow nowhere' } },
      ],
    },
  );
});
