import type { JsonValue } from '@onceover/contract';
import { expect, test } from 'vitest';
import { callsOf, cannedBroker } from './testing/canned-answers.ts';

// Answers that the sandbox does not give: other forms that Zendesk documents, and some that it never should.

const ada = { id: 7, name: 'Ada Lovelace', email: 'ada@example.com' };
const ticket = {
  id: 5158,
  external_id: 'invoice-in_1',
  subject: 'First invoice paid',
  status: 'open',
  priority: null,
  requester_id: 7,
  tags: [],
  custom_fields: [],
  updated_at: '2026-11-24T10:00:00Z',
};
const record = {
  externalId: 'invoice-in_1',
  subject: 'First invoice paid',
  description: 'Ada paid her first invoice.',
  requester: { email: 'ada@example.com' },
};
const comment = { reference: 're_1', ticket: { vendorId: '5158' }, body: 'Refunded.', public: true };
const links = (id: string) => new Map([['invoice-in_1', id]]);

test.each<[string, Record<string, JsonValue>]>([
  ['no external id', { external_id: null }],
  ['no subject', { subject: null }],
  ['no tags', { tags: null }],
  ['no custom fields', { custom_fields: null }],
  ['no time of change', { updated_at: null }],
])('tickets: one with %s is read', async (_, change) => {
  const body = { ticket: { ...ticket, ...change }, users: [ada] };
  const { reply } = await cannedBroker({ body }).run('tickets.get', { input: { vendorId: '5158' } });
  expect(reply).toEqual({
    kind: 'read',
    output: {
      ticket: {
        vendorId: '5158',
        subject: 'subject' in change ? '' : 'First invoice paid',
        status: 'open',
        requester: { name: 'Ada Lovelace', email: 'ada@example.com' },
        ...('external_id' in change ? {} : { externalId: 'invoice-in_1' }),
        ...('updated_at' in change ? {} : { updatedAt: '2026-11-24T10:00:00Z' }),
      },
    },
  });
});

test.each<[string, JsonValue]>([
  ['external_id', 5],
  ['subject', 5],
  ['status', null],
  ['priority', 5],
  ['tags', 'billing'],
  ['custom_fields', 'x'],
  ['updated_at', 5],
  ['id', '5158'],
  ['id', 5158.5],
  ['id', -5],
  ['requester_id', 'ada'],
])('tickets: one whose %s is %o is not as Zendesk documents it', async (field, value) => {
  const changed = { ...ticket, [field]: value };
  const read = cannedBroker({ body: { ticket: changed } });
  const find = cannedBroker({ body: { tickets: [changed] } });
  for (const { reply } of [
    await read.run('tickets.get', { input: { vendorId: '5158' } }),
    await find.run('tickets.upsert', { records: [record] }),
  ]) {
    expect(reply).toMatchObject({
      kind: 'error',
      error: {
        class: 'UpstreamError',
        code: 'unexpected_answer',
        logMessage: expect.stringContaining(field),
      },
    });
  }
});

test('tickets: people that the answer does not name are unknown', async () => {
  const { reply } = await cannedBroker({ body: { ticket, users: null } }).run('tickets.get', {
    input: { vendorId: '5158' },
  });
  expect(reply).toMatchObject({ output: { ticket: { requester: {} } } });
  const found = await cannedBroker({ body: { tickets: [ticket], users: null } }, { body: { ticket } }).run(
    'tickets.upsert',
    { records: [record] },
  );
  expect(found.write).toMatchObject({ call: { body: expect.stringContaining('"requester"') } });
});

test('tickets: a requester without a name has none', async () => {
  const body = { ticket, users: [{ ...ada, name: null }] };
  const { reply } = await cannedBroker({ body }).run('tickets.get', { input: { vendorId: '5158' } });
  expect(reply).toMatchObject({ output: { ticket: { requester: { email: 'ada@example.com' } } } });
});

test('tickets: one that Zendesk still shows as deleted is gone, for reading and for writing', async () => {
  const deleted = { ...ticket, status: 'deleted' };
  const read = await cannedBroker({ body: { ticket: deleted } }).run('tickets.get', {
    input: { vendorId: '5158' },
  });
  expect(read.reply).toEqual({ kind: 'read', output: { ticket: null } });
  const broker = cannedBroker({ body: { ticket: deleted } });
  broker.links.set('support.tickets', links('5158'));
  const write = await broker.run('tickets.upsert', { records: [record], replan: false });
  expect(write.reply).toMatchObject({ error: { class: 'NotFoundError', code: 'ticket_closed' } });
});

test('calls: what is asked for is spelled out, and an id is one segment of the path', async () => {
  const missing = { status: 404, body: {} };
  const get = await cannedBroker(missing).run('tickets.get', { input: { vendorId: '5 ö' } });
  expect(callsOf(get)).toEqual(['GET /api/v2/tickets/5%20%C3%B6?include=users']);
  const linked = cannedBroker(missing);
  linked.links.set('support.tickets', links('5 ö'));
  const upsert = await linked.run('tickets.upsert', { records: [record], replan: false });
  expect(callsOf(upsert)).toEqual(['GET /api/v2/tickets/5%20%C3%B6?include=users']);
  const found = await cannedBroker({ body: { tickets: [ticket], users: [ada] } }).run('tickets.upsert', {
    records: [record],
  });
  expect(callsOf(found)).toEqual(['GET /api/v2/tickets?external_id=invoice-in_1&include=users']);
  const noted = await cannedBroker({ body: { comments: [] } }, missing).run('comments.create', {
    records: [{ ...comment, ticket: { vendorId: '5 ö' } }],
  });
  expect(callsOf(noted)).toEqual([
    'GET /api/v2/tickets/5%20%C3%B6/comments?page%5Bsize%5D=100&sort=-created_at',
    'PUT /api/v2/tickets/5%20%C3%B6',
  ]);
});

test('tickets: an update that is answered by something else has an unknown outcome', async () => {
  const broker = cannedBroker({ body: { tickets: [ticket], users: [ada] } }, { body: {} });
  const { reply } = await broker.run('tickets.upsert', { records: [{ ...record, subject: 'Paid twice' }] });
  expect(reply).toMatchObject({ outcomes: [{ outcome: 'outcome_unknown' }] });
});

test.each([
  ['base', '/requester'],
  ['comment', '/description'],
  ['priority', '/priority'],
  ['requester', '/requester'],
  ['subject', '/subject'],
])(
  'tickets: a complaint about %s leads to %s, of a new ticket and of one that is there',
  async (field, path) => {
    const refusal = { status: 422, body: { details: { [field]: [{ description: 'is bad' }] } } };
    const changed = { ...record, subject: 'Paid twice' };
    for (const tickets of [[], [ticket]]) {
      const broker = cannedBroker({ body: { tickets, users: [ada] } }, refusal);
      const { reply } = await broker.run('tickets.upsert', { records: [changed] });
      expect(reply).toMatchObject({ error: { class: 'ValidationError', code: 'http_422', path } });
    }
  },
);

test.each([
  ['email', '/email'],
  ['name', '/name'],
  ['phone', '/phone'],
])('users: a complaint about %s leads to %s', async (field, path) => {
  const broker = cannedBroker({ status: 422, body: { details: { [field]: [{ error: 'BlankValue' }] } } });
  const { reply } = await broker.run('users.upsert', { records: [ada].map(({ id: _id, ...user }) => user) });
  expect(reply).toMatchObject({ error: { class: 'ValidationError', code: 'http_422', path } });
});

test('comments: a complaint about the comment leads to its body', async () => {
  const refusal = { status: 422, body: { details: { comment: [{ description: 'is too long' }] } } };
  const { reply } = await cannedBroker({ body: { comments: [] } }, refusal).run('comments.create', {
    records: [comment],
  });
  expect(reply).toMatchObject({ error: { class: 'ValidationError', path: '/body' } });
});

test.each<[string, JsonValue]>([
  ['nothing about pages', undefined as never],
  ['null about pages', null],
  ['no cursor', { has_more: null, after_cursor: null }],
])('comments: a list that says %s ends there', async (_, meta) => {
  const body = { comments: [{ id: 1 }], ...(meta === undefined ? {} : { meta }) };
  const broker = cannedBroker({ body });
  const { reply, calls } = await broker.lookup('comments.create', [comment]);
  expect(reply).toEqual({ kind: 'looked-up', vendorIds: [null] });
  expect(calls).toHaveLength(1);
});

test('comments: a page of one comment is not the last one, and comments without metadata are passed over', async () => {
  const found = { id: 3, metadata: { custom: { onceover_reference: 're_1' } } };
  const broker = cannedBroker(
    { body: { comments: [{ id: 1, metadata: null }], meta: { has_more: true, after_cursor: 'a' } } },
    { body: { comments: [{ id: 2, metadata: { custom: null } }], meta: { after_cursor: 'b' } } },
    { body: { comments: [found], meta: { has_more: false } } },
  );
  const { reply, calls } = await broker.lookup('comments.create', [comment]);
  expect(reply).toEqual({ kind: 'looked-up', vendorIds: ['3'] });
  expect(
    callsOf({ calls }).map((call) => new URLSearchParams(call.split('?')[1]).get('page[after]')),
  ).toEqual([null, 'a', 'b']);
});
