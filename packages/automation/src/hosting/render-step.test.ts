import { crm, defineEvent, parseJson } from '@onceover/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineFlow } from '../index.ts';
import { askAutomation as ask } from '../testing/ask-automation.ts';
import { event, facts, invoicePaid, upsertOf } from '../testing/example-flows.ts';
import type { EventView } from './protocol.ts';

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

function render(module: object, flow: string, steps: readonly string[], change: Partial<EventView> = {}) {
  const calls = steps.map((step) => ({ flow, step, event: { ...event, ...change }, results: {} }));
  return ask(module, { kind: 'render-step', calls });
}

test('render-step: skipped, a list, a read, a wait and an event are told apart', async () => {
  const flow = defineFlow({ ...facts, id: 'all' })
    .step('skipped', crm.contacts.upsert, upsertOf([]), { when: () => false })
    .step('each', crm.contacts.upsert, {
      forEach: ({ event: { data } }) => [data.customer.email, 'bob@example.com'],
      map: ({ item }) => ({ connection: 'crm', records: [{ email: item }] }),
    })
    .step('none', crm.contacts.upsert, { forEach: () => [], map: upsertOf([]) })
    .step('read', crm.contacts.find, () => ({
      connection: 'crm',
      input: { vendorId: '501', email: undefined },
    }))
    .wait('pause', () => new Date('2026-11-25T10:00:00Z'))
    .wait('text', () => '2026-11-25T10:00:00+01:00')
    .emit('told', crm.contactChanged, () => crm.contactChanged.example);
  const reply = await render({ flow }, 'all', ['skipped', 'each', 'none', 'read', 'pause', 'text', 'told']);
  expect(reply).toEqual({
    kind: 'rendered',
    answers: [
      { kind: 'skipped' },
      {
        kind: 'operation',
        iterations: [
          { connection: 'crm', records: [{ email: 'ada@example.com' }] },
          { connection: 'crm', records: [{ email: 'bob@example.com' }] },
        ],
      },
      { kind: 'operation', iterations: [] },
      { kind: 'operation', iterations: [{ connection: 'crm', input: { vendorId: '501' } }] },
      { kind: 'wait', until: '2026-11-25T10:00:00.000Z' },
      { kind: 'wait', until: '2026-11-25T10:00:00+01:00' },
      { kind: 'emit', data: crm.contactChanged.example },
    ],
  });
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, ''],
  ['text', 'crm', ''],
  ['no connection', { records: [] }, '/connection'],
  ['a connection that is no id', { connection: 'My CRM', records: [] }, '/connection'],
  ['no records', { connection: 'crm' }, '/records'],
  ['an input', { connection: 'crm', input: {} }, '/records'],
  ['a surplus', { connection: 'crm', records: [], dryRun: true }, ''],
  ['no address', { connection: 'crm', records: [{}] }, '/records/0/email'],
  [
    'a bad address',
    { connection: 'crm', records: [{ email: 'a@b.co' }, { email: 'ada' }] },
    '/records/1/email',
  ],
  ['a misspelled field', { connection: 'crm', records: [{ email: 'a@b.co', fristName: 'A' }] }, '/records/0'],
  [
    'a Date',
    { connection: 'crm', records: [{ email: 'a@b.co', vendor: { at: new Date(0) } }] },
    '/records/0/vendor/at',
  ],
  [
    'a promise inside',
    { connection: 'crm', records: [{ email: Promise.resolve('a@b.co') }] },
    '/records/0/email',
  ],
])('render-step: a map that gives %s fails with its path', async (_what, given, path) => {
  const flow = defineFlow({ ...facts, id: 'bad' })
    .step('one', crm.contacts.upsert, () => given as never)
    .step('each', crm.contacts.upsert, { forEach: () => [1], map: () => given as never });
  expect(await render({ flow }, 'bad', ['one', 'each'])).toMatchObject({
    kind: 'rendered',
    answers: [
      {
        error: {
          class: 'ValidationError',
          path,
          message: expect.stringContaining('Flow bad, step one: map'),
        },
      },
      {
        error: { class: 'ValidationError', path: `/0${path}`, message: expect.stringContaining('step each') },
      },
    ],
  });
});

test('render-step: two records of one natural key in a step are refused, across iterations too', async () => {
  const twins = [{ email: 'ada@example.com' }, { email: 'bob@example.com' }, { email: 'ADA@example.com' }];
  const flow = defineFlow({ ...facts, id: 'twins' })
    .step('one', crm.contacts.upsert, upsertOf(twins))
    .step('each', crm.contacts.upsert, {
      forEach: () => twins,
      map: ({ item }) => ({ connection: 'crm', records: [item] }),
    })
    .step('apart', crm.contacts.upsert, {
      forEach: () => ['crm', 'other-crm'],
      map: ({ item }) => ({ connection: item, records: [{ email: 'ada@example.com' }] }),
    });
  expect(await render({ flow }, 'twins', ['one', 'each', 'apart'])).toMatchObject({
    answers: [
      {
        error: {
          class: 'ValidationError',
          path: '/records/2',
          message: expect.stringContaining('/records/0'),
        },
      },
      { error: { class: 'ValidationError', path: '/2/records/0' } },
      { kind: 'operation', iterations: [{ connection: 'crm' }, { connection: 'other-crm' }] },
    ],
  });
});

test('render-step: what an author’s function throws is told with its place, and stays that call’s own', async () => {
  const fail = (): never => {
    throw new TypeError('x is undefined');
  };
  const flow = defineFlow({ ...facts, id: 'throws', orderBy: fail })
    .step('when', crm.contacts.upsert, upsertOf([]), { when: fail })
    .step('map', crm.contacts.upsert, fail)
    .step('forEach', crm.contacts.upsert, { forEach: fail, map: upsertOf([]) })
    .wait('until', fail)
    .emit('emit', crm.contactChanged, fail)
    .step('fine', crm.contacts.upsert, upsertOf([]));
  const reply = await render({ flow }, 'throws', ['when', 'map', 'forEach', 'until', 'emit', 'fine']);
  const thrown = (place: string) => ({
    error: {
      class: 'OnceoverError',
      code: 'automation_threw',
      retry: 'never',
      message: `Flow throws, step ${place} threw TypeError: x is undefined`,
    },
  });
  expect(reply).toMatchObject({
    answers: [
      thrown('when: when'),
      thrown('map: map'),
      thrown('forEach: forEach'),
      thrown('until: until'),
      thrown('emit: map'),
      { kind: 'operation' },
    ],
  });
  expect(await ask({ flow }, { kind: 'order-by', calls: [{ flow: 'throws', event }] })).toMatchObject({
    answers: [
      { error: { code: 'automation_threw', message: expect.stringContaining('Flow throws: orderBy') } },
    ],
  });
});

test('render-step: code that waits is refused, also when its promise fails later', async () => {
  const flow = defineFlow({ ...facts, id: 'waits' })
    .step('map', crm.contacts.upsert, (async () => Promise.reject(new Error('late'))) as never)
    .step('when', crm.contacts.upsert, upsertOf([]), { when: (async () => false) as never })
    .wait('until', (async () => '2026-11-25T10:00:00Z') as never);
  expect(await render({ flow }, 'waits', ['map', 'when', 'until'])).toMatchObject({
    answers: Array.from({ length: 3 }, () => ({
      error: { class: 'ConfigurationError', message: expect.stringContaining('must be synchronous') },
    })),
  });
});

test.each([undefined, 7, 'tomorrow', new Date('x'), '2026-11-25'])(
  'render-step: a wait until %s is refused',
  async (until) => {
    const flow = defineFlow({ ...facts, id: 'waits' }).wait('pause', () => until as never);
    expect(await render({ flow }, 'waits', ['pause'])).toMatchObject({
      answers: [{ error: { class: 'ValidationError', message: expect.stringContaining('RFC 3339') } }],
    });
  },
);

test('render-step: numbers are numbers to the author, and keep their digits where a double cannot', async () => {
  const measured = defineEvent({
    name: 'billing.usage-measured',
    version: 1,
    summary: 'Usage was measured.',
    schema: z.strictObject({ ratio: z.number(), meter: z.unknown() }),
    example: { ratio: 0.5, meter: 1 },
  });
  const flow = defineFlow({ ...facts, id: 'usage', on: measured }).step(
    'contact',
    crm.contacts.upsert,
    ({ event: { data } }) => ({
      connection: 'crm',
      records: [{ email: 'ada@example.com', vendor: { double: data.ratio * 2, kind: typeof data.meter } }],
    }),
  );
  const data = parseJson('{"ratio":1.50,"meter":12345678901234567890}');
  expect(await render({ flow }, 'usage', ['contact'], { data })).toMatchObject({
    answers: [{ iterations: [{ records: [{ vendor: { double: 3, kind: 'object' } }] }] }],
  });
});
