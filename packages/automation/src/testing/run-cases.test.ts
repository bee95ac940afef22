import { billing, crm, support } from '@onceover/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineEvent, defineFlow, kpi, schedule } from '../index.ts';
import { facts, invoicePaid, upsertOf } from './example-flows.ts';
import { failsWith, runCases } from './index.ts';

const contact = { connection: 'crm', records: [{ email: 'ada@example.com' }] };
const ticket = {
  connection: 'support',
  records: [
    {
      externalId: 'invoice-inv_1001',
      subject: 'Welcome',
      description: 'Contact contact-1',
      requester: { email: 'ada@example.com' },
    },
  ],
} as const;

test('runCases: the example itself is a case, and a write has created its records unless told otherwise', () => {
  expect(
    runCases(invoicePaid, [
      { name: 'example', expect: { lane: 'ada@example.com', steps: { contact, ticket } } },
    ]),
  ).toEqual([{ name: 'example', passed: true, differences: [], report: '' }]);
});

test('runCases: parts of the event change, whole arrays and absent fields too', () => {
  const listed = defineEvent({
    name: 'billing.order-placed',
    version: 1,
    summary: 'An order was placed.',
    schema: z.strictObject({
      lines: z.array(z.string()),
      buyer: z.strictObject({ email: z.string(), name: z.string().optional() }),
    }),
    example: { lines: ['a', 'b'], buyer: { email: 'ada@example.com', name: 'Ada' } },
  });
  const flow = defineFlow({ ...facts, id: 'order', on: listed }).emit(
    'told',
    listed,
    ({ event }) => event.data,
  );
  const results = runCases(flow, [
    {
      name: 'changed',
      event: { lines: ['c'], buyer: { name: undefined } },
      expect: { steps: { told: { lines: ['c'], buyer: { email: 'ada@example.com' } } } },
    },
    { name: 'not valid', event: { lines: [7] as never }, expect: { steps: {} } },
  ]);
  expect(results.map(({ passed }) => passed)).toEqual([true, false]);
  expect(results[1]?.report).toContain('/event');
  expect(results[1]?.report).toContain('/lines/0');
});

test('runCases: a report tells each place, what was expected there and what came', () => {
  const [result] = runCases(invoicePaid, [
    {
      name: 'wrong in three places',
      event: { firstInvoice: false },
      expect: {
        lane: 'bob@example.com',
        steps: {
          contact: { connection: 'crm', records: [{ email: 'bob@example.com', firstName: 'Bob' }] },
          ticket,
        },
      },
    },
  ]);
  expect(result?.passed).toBe(false);
  expect(result?.report).toBe(
    [
      '  /lane\n    - expected "bob@example.com"\n    + received "ada@example.com"',
      '  /steps/contact/records/0/email\n    - expected "bob@example.com"\n    + received "ada@example.com"',
      '  /steps/contact/records/0/firstName\n    - expected "Bob"\n    + received nothing',
      `  /steps/ticket\n    - expected ${JSON.stringify(ticket)}\n    + received "skipped"`,
    ].join('\n'),
  );
});

test('runCases: a step that the case does not name fails it', () => {
  const [result] = runCases(invoicePaid, [{ name: 'half', expect: { steps: { contact } } }]);
  expect(result?.differences).toMatchObject([{ path: '/steps/ticket', expected: undefined }]);
});

test('runCases: results of earlier steps can be given, reads must be', () => {
  const flow = defineFlow({ ...facts, id: 'reads' })
    .step('found', crm.contacts.find, () => ({ connection: 'crm', input: { vendorId: '501' } }))
    .step('contact', crm.contacts.upsert, ({ found }) => ({
      connection: 'crm',
      records: [{ email: found.contact?.email ?? 'nobody@example.com' }],
    }))
    .step('user', support.users.upsert, ({ contact: written }) => ({
      connection: 'support',
      records: [{ email: 'ada@example.com', name: `${written.effects[0]?.outcome}` }],
    }));
  const found = { connection: 'crm', input: { vendorId: '501' } };
  const user = (name: string) => ({ connection: 'support', records: [{ email: 'ada@example.com', name }] });
  expect(
    runCases(flow, [
      {
        name: 'given',
        results: {
          found: { contact: { vendorId: '501', email: 'ada@example.com' } },
          contact: { effects: [{ naturalKey: 'ada@example.com', outcome: 'unchanged', vendorId: '501' }] },
        },
        expect: { steps: { found, contact, user: user('unchanged') } },
      },
      {
        name: 'not given',
        expect: { steps: { found, contact: failsWith('step contact: map threw TypeError') } },
      },
    ]).map(({ report }) => report),
  ).toEqual(['', '']);
});

test('runCases: a failure that is expected passes by its words or its path, and nothing runs after it', () => {
  const flow = defineFlow({ ...facts, id: 'fails' })
    .step('bad', crm.contacts.upsert, upsertOf([{ email: 'ada' }]))
    .step('after', crm.contacts.upsert, upsertOf([]));
  const results = runCases(flow, [
    { name: 'path', expect: { steps: { bad: failsWith('/records/0/email') } } },
    { name: 'words', expect: { steps: { bad: failsWith('Invalid email') } } },
    { name: 'other words', expect: { steps: { bad: failsWith('too long') } } },
    { name: 'no failure expected', expect: { steps: { bad: contact } } },
    { name: 'more after it', expect: { steps: { bad: failsWith('email'), after: contact } } },
  ]);
  expect(results.map(({ passed }) => passed)).toEqual([true, true, false, false, false]);
  expect(results[2]?.report).toContain('/steps/bad/failsWith');
});

test('runCases: a failure that does not come fails the case', () => {
  const flow = defineFlow({ ...facts, id: 'works' }).step('fine', crm.contacts.upsert, () => contact);
  const [result] = runCases(flow, [{ name: 'x', expect: { steps: { fine: failsWith('email') } } }]);
  expect(result?.passed).toBe(false);
});

test('runCases: lists, waits and schedules are compared as they are rendered', () => {
  const flow = defineFlow({
    ...facts,
    id: 'nightly',
    on: schedule('Europe/Berlin', '0 7 * * *'),
    kpi: kpi.count('nights'),
  })
    .step('each', crm.contacts.upsert, {
      forEach: () => ['ada@example.com', 'bob@example.com'],
      map: ({ item }) => ({ connection: 'crm', records: [{ email: item }] }),
    })
    .wait('pause', ({ event }) => event.data.scheduledAt)
    .step('sum', support.users.upsert, ({ each }) => ({
      connection: 'support',
      records: [{ email: 'ada@example.com', name: each.map(({ effects }) => effects[0]?.vendorId).join() }],
    }));
  expect(
    runCases(flow, [
      {
        name: 'a night',
        event: { scheduledAt: '2026-12-01T06:00:00Z' },
        envelope: { id: 'night-1' },
        expect: {
          lane: null,
          steps: {
            each: [contact, { connection: 'crm', records: [{ email: 'bob@example.com' }] }],
            pause: { until: '2026-12-01T06:00:00Z' },
            sum: { connection: 'support', records: [{ email: 'ada@example.com', name: 'each-1,each-2' }] },
          },
        },
      },
    ]).map(({ report }) => report),
  ).toEqual(['']);
});

test('runCases: an orderBy that throws is a difference of the lane', () => {
  const flow = defineFlow({
    ...facts,
    id: 'throws',
    orderBy: () => {
      throw new Error('no key');
    },
  }).step('contact', crm.contacts.upsert, () => contact);
  const [result] = runCases(flow, [{ name: 'x', expect: { lane: 'x', steps: { contact } } }]);
  expect(result?.report).toContain('Flow throws: orderBy threw Error: no key');
});

test('runCases: a flow that is not valid is refused before its cases', () => {
  const flow = defineFlow({
    ...facts,
    id: 'measured',
    on: billing.invoicePaid,
    kpi: kpi.count('x', { of: 'step.ticket' }),
  }).step('contact', crm.contacts.upsert, () => contact);
  expect(() => runCases(flow, [])).toThrow('Flow measured: kpi: there is no step ticket');
});
