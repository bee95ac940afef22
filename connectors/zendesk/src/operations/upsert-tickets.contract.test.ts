import { createManualClock, createSandbox, type Sandbox } from '@onceover/connector-kit/sandbox';
import { AnswerDispatcher, TestBroker, type TestResult } from '@onceover/connector-kit/testing';
import type { JsonValue } from '@onceover/contract';
import { beforeEach, expect, test } from 'vitest';
import { type ZendeskState, sandbox as zendeskSandbox } from '../sandbox/index.ts';
import { zendesk } from '../zendesk-connector.ts';

const requester = { email: 'ada@example.com', name: 'Ada Lovelace' };
const ticket = {
  externalId: 'invoice-in_1',
  subject: 'First invoice paid',
  description: 'Ada paid her first invoice.',
  requester,
};
const stored = (own: Record<string, JsonValue>, id = 5158) => ({
  ticket: { id, subject: ticket.subject, external_id: ticket.externalId, ...own },
  requester: { id: 7, ...requester },
});

let sandbox: Sandbox<ZendeskState>;
let broker: TestBroker;

beforeEach(() => {
  sandbox = createSandbox(zendeskSandbox, { clock: createManualClock('2026-11-24T10:00:00Z') });
  broker = new TestBroker({
    connector: zendesk,
    dispatcher: new AnswerDispatcher((request) => sandbox.answer(request)),
    accessToken: sandbox.accessToken,
    variables: { subdomain: 'acme' },
  });
});

const upsert = (record: JsonValue, event = 'event-1') =>
  broker.run('tickets.upsert', { records: [record], event });
const outcomeOf = ({ reply }: TestResult) => (reply.kind === 'written' ? reply.outcomes[0] : reply);
const bodyOf = ({ write }: TestResult) =>
  write.state === 'answered'
    ? (JSON.parse(write.call.body ?? '') as { ticket: JsonValue }).ticket
    : undefined;

test('upsert: a ticket that is as the record says is not written', async () => {
  sandbox.seed([stored({ priority: 'high', tags: ['billing'] })]);
  const result = await upsert({ ...ticket, priority: 'high', tags: ['Billing'] });
  expect(outcomeOf(result)).toEqual({ outcome: 'unchanged', vendorId: '5158' });
  expect(result.write.state).toBe('none');
});

test('upsert: what a record leaves out stays as it is, and tags that others set stay with ours', async () => {
  sandbox.seed([stored({ priority: 'urgent', tags: ['vip'] })]);
  const result = await upsert({ ...ticket, subject: 'Paid', tags: ['billing', 'vip'] });
  expect(outcomeOf(result)).toEqual({ outcome: 'updated', vendorId: '5158' });
  expect(bodyOf(result)).toEqual({ subject: 'Paid', tags: ['vip', 'billing'] });
  expect(sandbox.state.tickets.get(5158)).toMatchObject({ priority: 'urgent', tags: ['vip', 'billing'] });
});

test('upsert: another requester is set by e-mail address, the same in another case is not', async () => {
  sandbox.seed([stored({})]);
  expect(outcomeOf(await upsert({ ...ticket, requester: { email: 'ADA@example.com' } }))).toMatchObject({
    outcome: 'unchanged',
  });
  const grace = { email: 'grace@example.com', name: 'Grace Hopper' };
  expect(bodyOf(await upsert({ ...ticket, requester: grace }, 'event-2'))).toEqual({ requester: grace });
});

test('upsert: vendor fields are compared with what the ticket holds, whatever their type', async () => {
  sandbox.seed([stored({})]);
  const record = { ...ticket, vendor: { '27642': 745, group_id: 98 } };
  expect(bodyOf(await upsert(record))).toEqual({
    custom_fields: [{ id: 27642, value: 745 }],
    group_id: 98,
  });
  expect(outcomeOf(await upsert({ ...ticket, vendor: { '27642': '745' } }, 'event-2'))).toMatchObject({
    outcome: 'unchanged',
  });
  expect(outcomeOf(await upsert({ ...ticket, vendor: { '27642': null } }, 'event-3'))).toMatchObject({
    outcome: 'updated',
  });
});

test.each(['requester_id', 'external_id', 'comment', 'metadata', 'tags', 'submitter_id'])(
  'upsert: the ticket property %s cannot be set as a vendor field',
  async (name) => {
    const result = await upsert({ ...ticket, vendor: { [name]: 'x' } });
    expect(result.reply).toMatchObject({
      kind: 'error',
      error: { class: 'ValidationError', path: `/vendor/${name}`, retry: 'never' },
    });
    expect(result.write.state).toBe('none');
  },
);

test('upsert: among tickets with one external id the newest that can change is meant', async () => {
  sandbox.seed([
    stored({ subject: 'old' }, 5150),
    stored({ subject: 'new' }, 5160),
    stored({ subject: 'closed', status: 'closed' }, 5170),
    stored({ external_id: 'invoice-in_10' }, 5180),
  ]);
  expect(outcomeOf(await upsert(ticket))).toEqual({ outcome: 'updated', vendorId: '5160' });
});

test('upsert: beside a closed ticket a new one is opened', async () => {
  sandbox.seed([stored({ status: 'closed' })]);
  expect(outcomeOf(await upsert(ticket))).toMatchObject({ outcome: 'created' });
});

test.each(['closed', 'deleted'] as const)(
  'upsert: a link to a %s ticket is forgotten, and a new ticket opened',
  async (status) => {
    const first = outcomeOf(await upsert(ticket));
    const linked = [...sandbox.state.tickets.values()][0];
    if (linked !== undefined) linked.status = status;
    const second = outcomeOf(await upsert({ ...ticket, subject: 'Paid twice' }, 'event-2'));
    expect(second).toMatchObject({ outcome: 'created' });
    expect(second).not.toEqual(first);
  },
);

test('upsert: a ticket that closes between reading and writing counts as gone', async () => {
  await upsert(ticket);
  sandbox.faults.add({ match: 'PUT /api/v2/tickets/{id}$', status: 422 });
  const refused = await upsert({ ...ticket, subject: 'Paid twice' }, 'event-2');
  expect(refused.reply).toMatchObject({
    error: { class: 'ValidationError', code: 'http_422', message: expect.stringContaining('is not valid') },
  });

  const [linked] = [...sandbox.state.tickets.values()];
  const closing = new TestBroker({
    connector: zendesk,
    dispatcher: new AnswerDispatcher(async (request) => {
      if (request.method === 'PUT' && linked !== undefined) linked.status = 'closed';
      return sandbox.answer(request);
    }),
    accessToken: sandbox.accessToken,
    variables: { subdomain: 'acme' },
  });
  const result = await closing.run('tickets.upsert', {
    records: [{ ...ticket, subject: 'Paid three times' }],
    event: 'event-3',
  });
  expect(result.reply).toMatchObject({ error: { class: 'NotFoundError', code: 'ticket_closed' } });
});

test('upsert: what Zendesk has against a record names our field', async () => {
  const result = await upsert({ ...ticket, requester: { email: 'new@example.com' } });
  expect(result.reply).toMatchObject({
    error: {
      class: 'ValidationError',
      path: '/requester',
      message: expect.stringContaining('Name: is too short'),
    },
  });
});

test('lookup: a known ticket that did not take its change is not done', async () => {
  await upsert(ticket);
  const changed = { ...ticket, subject: 'Paid twice' };
  sandbox.faults.add({ match: 'PUT /api/v2/tickets/{id}$', drop: 'before' });
  expect((await upsert(changed, 'event-2')).write.state).toBe('lost');
  const before = await broker.lookup('tickets.upsert', [changed], 'event-2');
  expect(before.reply).toMatchObject({ vendorIds: [null] });
  await upsert(changed, 'event-2');
  const after = await broker.lookup('tickets.upsert', [changed], 'event-2');
  expect(after.reply).toMatchObject({ vendorIds: [expect.stringMatching(/^\d+$/)] });
});

test('upsert: past two hours the key no longer holds, and the external id still does', async () => {
  const created = outcomeOf(await upsert(ticket));
  broker.links.clear();
  (sandbox.clock as ReturnType<typeof createManualClock>).advance(3 * 3600);
  expect(outcomeOf(await upsert(ticket))).toEqual({ ...created, outcome: 'unchanged' });
});
