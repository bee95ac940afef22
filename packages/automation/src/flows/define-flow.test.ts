import { billing, ConfigurationError, crm } from '@onceover/contract';
import { expect, test } from 'vitest';
import { defineFlow } from './define-flow.ts';
import { describeFlow } from './describe-flow.ts';
import type { AnyFlow } from './flow.ts';
import { kpi } from './kpi.ts';
import { schedule } from './schedule.ts';

const definition = {
  id: 'invoice-paid',
  version: 1,
  on: billing.invoicePaid,
  owner: 'revenue-operations',
  runbook: './runbook.md',
  tier: 'revenue',
  kpi: kpi.count('paid invoices'),
} as const;

/** A definition as code without types could give it. */
function define(change: Record<string, unknown>) {
  return defineFlow({ ...definition, ...change });
}

const upsert = () => ({ connection: 'crm', records: [{ email: 'ada@example.com' }] });

test.each([
  ['owner', undefined, 'Flow invoice-paid: owner: is required: the team that is asked when the flow fails'],
  ['owner', ' ', 'Flow invoice-paid: owner: is required'],
  ['runbook', undefined, 'Flow invoice-paid: runbook: is required'],
  ['kpi', undefined, 'Flow invoice-paid: kpi: is required: make it with kpi.duration'],
  ['kpi', { kind: 'count', name: '', of: 'run.finished' }, 'Flow invoice-paid: kpi.name: is required'],
  ['kpi', { kind: 'count', name: 'x', of: 'event.time' }, 'Flow invoice-paid: kpi.of: must be run.finished'],
  ['kpi', { kind: 'duration', name: 'x', from: 'a', to: 'b' }, 'kpi.from: must be event.time'],
  ['tier', undefined, 'Flow invoice-paid: tier: is required: notify, operational, revenue or regulated'],
  ['tier', 'gold', 'Flow invoice-paid: tier: is required'],
  ['version', 0, 'Flow invoice-paid: version: must be 1 or more'],
  ['version', 1.5, 'Flow invoice-paid: version: must be a whole number'],
  ['id', 'Invoice paid', 'Flow Invoice paid: id: must be lower case letters'],
  ['id', undefined, 'A flow without id: id: is required'],
  ['on', undefined, 'Flow invoice-paid: on: must be an event type or schedule(zone, cron)'],
  ['on', 'billing.invoice-paid.v1', 'Flow invoice-paid: on: must be'],
  ['lane', { onDeadLetter: 'wait' }, 'Flow invoice-paid: lane.onDeadLetter: '],
  ['retry', { maxAttempts: 0 }, 'Flow invoice-paid: retry.maxAttempts: '],
  ['retry', { maxHours: -1 }, 'Flow invoice-paid: retry.maxHours: '],
  ['onwer', 'x', 'Flow invoice-paid: Unrecognized key: "onwer"'],
])('defineFlow: %s = %j is refused by name', (field, value, message) => {
  expect(() => define({ [field]: value })).toThrow(ConfigurationError);
  expect(() => define({ [field]: value })).toThrow(message);
});

test('defineFlow: all that is wrong is said at once', () => {
  expect(() => define({ owner: undefined, tier: undefined })).toThrow(/owner: .*; tier: /);
});

test.each([
  ['notify', 'release'],
  ['operational', 'release'],
  ['revenue', 'hold'],
  ['regulated', 'hold'],
])(
  'defineFlow: a dead letter of the tier %s makes its lane %s, unless the flow says otherwise',
  (tier, kept) => {
    const facts = (change: object) =>
      (define({ tier, ...change }).step('contact', crm.contacts.upsert, upsert) as AnyFlow).facts;
    expect(facts({}).lane).toEqual({ onDeadLetter: kept });
    const other = { onDeadLetter: kept === 'hold' ? 'release' : 'hold' };
    expect(facts({ lane: other }).lane).toEqual(other);
  },
);

test('defineFlow: a part of retry keeps the rest of its defaults', () => {
  const flow = define({ retry: { maxHours: 1 } }).step('contact', crm.contacts.upsert, upsert);
  expect((flow as AnyFlow).facts.retry).toEqual({ maxAttempts: 12, maxHours: 1 });
});

test.each([
  ['contact', 'Flow invoice-paid, step contact: this id is used twice'],
  ['event', 'step event: this id is taken'],
  ['item', 'step item: this id is taken'],
  ['open-ticket', 'step open-ticket: a step id is a name like'],
  ['', 'a step id is a name like'],
  ['__proto__', 'a step id is a name like'],
  [undefined, 'a step id is a name like'],
])('step: the id %j is refused', (id, message) => {
  const flow = define({}).step('contact', crm.contacts.upsert, upsert);
  const untyped = id as never;
  expect(() => flow.step(untyped, crm.contacts.upsert, upsert)).toThrow(message);
  expect(() => flow.wait(untyped, () => '2026-11-24T10:00:00Z')).toThrow(message);
  expect(() => flow.emit(untyped, crm.contactChanged, () => crm.contactChanged.example)).toThrow(message);
});

test('step: what is not an operation or not a function is refused', () => {
  const flow = define({});
  const nothing = undefined as never;
  expect(() => flow.step('a', nothing as typeof crm.contacts.upsert, upsert)).toThrow(
    /step a: the second argument must be an operation/,
  );
  expect(() => flow.step('a', billing.invoicePaid as unknown as typeof crm.contacts.upsert, upsert)).toThrow(
    /must be an operation/,
  );
  expect(() => flow.step('a', crm.contacts.upsert, nothing)).toThrow(/step a: map must be a function/);
  expect(() => flow.step('a', crm.contacts.upsert, { forEach: 1, map: upsert } as never)).toThrow(
    /step a: forEach must be a function/,
  );
  expect(() => flow.step('a', crm.contacts.upsert, upsert, { when: true } as never)).toThrow(
    /step a: when must be a function/,
  );
  expect(() => flow.wait('a', nothing)).toThrow(/step a: until must be a function/);
  expect(() => flow.emit('a', nothing, upsert)).toThrow(/step a: the second argument must be an event type/);
  expect(() => flow.emit('a', crm.contactChanged, nothing)).toThrow(/step a: map must be a function/);
});

test('step: gives a new flow and leaves the old one as it was', () => {
  const one = define({}).step('contact', crm.contacts.upsert, upsert);
  const two = one.step('again', crm.contacts.upsert, upsert);
  const other = one.wait('pause', () => '2026-11-24T10:00:00Z');
  const idsOf = (flow: AnyFlow) => flow.steps.map(({ id }) => id);
  expect([idsOf(one), idsOf(two), idsOf(other)]).toEqual([
    ['contact'],
    ['contact', 'again'],
    ['contact', 'pause'],
  ]);
});

test('describeFlow: a flow without a step, or with a KPI of a step it has not, is refused', () => {
  expect(() => describeFlow(define({}) as unknown as AnyFlow)).toThrow(
    'Flow invoice-paid: a flow has at least one step',
  );
  const measured = define({ kpi: kpi.duration('x', { from: 'event.time', to: 'step.ticket' }) }).step(
    'contact',
    crm.contacts.upsert,
    upsert,
  );
  expect(() => describeFlow(measured)).toThrow('Flow invoice-paid: kpi: there is no step ticket');
});

test('describeFlow: a schedule, a wait, an emit, a read, when and forEach are data', () => {
  const flow = defineFlow({ ...definition, on: schedule('Europe/Berlin', '0 7 * * 1-5'), echoes: true })
    .step('found', crm.contacts.find, () => ({ connection: 'crm', input: { vendorId: '501' } }))
    .step(
      'contacts',
      crm.contacts.upsert,
      {
        forEach: () => ['ada@example.com'],
        map: ({ item }) => ({ connection: 'crm', records: [{ email: item }] }),
      },
      { when: ({ found }) => found.contact !== null },
    )
    .wait('pause', ({ event }) => event.time)
    .emit('told', crm.contactChanged, () => crm.contactChanged.example);
  expect(describeFlow(flow)).toMatchObject({
    on: { schedule: { zone: 'Europe/Berlin', cron: '0 7 * * 1-5' } },
    echoes: true,
    hasOrderBy: false,
    kpi: { kind: 'count', name: 'paid invoices', of: 'run.finished' },
    steps: [
      {
        kind: 'operation',
        id: 'found',
        operation: 'crm.contacts.find',
        mode: 'read',
        hasWhen: false,
        hasForEach: false,
      },
      { kind: 'operation', id: 'contacts', mode: 'write', hasWhen: true, hasForEach: true },
      { kind: 'wait', id: 'pause' },
      { kind: 'emit', id: 'told', event: 'crm.contact-changed.v1' },
    ],
  });
});
