import { createSandbox, type Sandbox } from '@onceover/connector-kit/sandbox';
import { AnswerDispatcher, TestBroker } from '@onceover/connector-kit/testing';
import { beforeEach, expect, test } from 'vitest';
import { type ZendeskState, sandbox as zendeskSandbox } from '../sandbox/index.ts';
import { zendesk } from '../zendesk-connector.ts';

const comment = (reference: string, body = 'Refunded.') => ({
  reference,
  ticket: { vendorId: '5158' },
  body,
  public: true,
});

let sandbox: Sandbox<ZendeskState>;
let broker: TestBroker;

beforeEach(() => {
  sandbox = createSandbox(zendeskSandbox);
  sandbox.seed([
    {
      ticket: { id: 5158, subject: 'The export hangs' },
      requester: { id: 7, name: 'Ada Lovelace', email: 'ada@example.com' },
    },
  ]);
  broker = new TestBroker({
    connector: zendesk,
    dispatcher: new AnswerDispatcher((request) => sandbox.answer(request)),
    accessToken: sandbox.accessToken,
    variables: { subdomain: 'acme' },
  });
});

const create = (reference: string) =>
  broker.run('comments.create', { records: [comment(reference)], event: reference });

test('create: a comment among hundreds is found, newest first, and the search ends', async () => {
  for (let index = 0; index < 250; index += 1) {
    sandbox.state.comments.push({
      id: 1000 + index,
      audit_id: 2000 + index,
      ticket_id: 5158,
      author_id: sandbox.state.agentId,
      body: 'Refunded.',
      public: true,
      created_at: '2026-11-24T10:00:00Z',
      metadata: { system: {}, custom: { onceover_reference: `re_${index}` } },
    });
  }
  const newest = await broker.lookup('comments.create', [comment('re_249')]);
  expect(newest.calls.length).toBe(1);
  const oldest = await broker.lookup('comments.create', [comment('re_0')]);
  expect(oldest.calls.length).toBe(3);
  expect(oldest.reply).toMatchObject({ vendorIds: ['1000'] });
  const missing = await broker.lookup('comments.create', [comment('re_x')]);
  expect(missing.calls.length).toBe(3);
  expect(missing.reply).toMatchObject({ vendorIds: [null] });
});

test('create: the same words under another reference are another comment', async () => {
  await create('re_1');
  await create('re_2');
  expect(sandbox.state.comments.map(({ metadata }) => metadata.custom['onceover_reference'])).toEqual([
    're_1',
    're_2',
  ]);
});

test('create: public comments and notes arrive as what they are', async () => {
  await create('re_1');
  await broker.run('comments.create', { records: [{ ...comment('re_2'), public: false }] });
  expect(sandbox.state.comments.map((each) => each.public)).toEqual([true, false]);
});

test('create: a closed ticket takes no comment, and nothing is written', async () => {
  const ticket = sandbox.state.tickets.get(5158);
  if (ticket !== undefined) ticket.status = 'closed';
  expect((await create('re_1')).reply).toMatchObject({
    error: { class: 'ConflictError', code: 'ticket_closed', retry: 'never' },
  });
  expect(sandbox.ledger.history()).toEqual([]);
});

test('create: a ticket that is not there is not found', async () => {
  const result = await broker.run('comments.create', {
    records: [{ ...comment('re_1'), ticket: { vendorId: '1' } }],
  });
  expect(result.reply).toMatchObject({ error: { class: 'NotFoundError' } });
  expect(result.write.state).toBe('none');
});

test('create: a ticket id that is no id leaves the path alone', async () => {
  const result = await broker.run('comments.create', {
    records: [{ ...comment('re_1'), ticket: { vendorId: '5158/../1' } }],
  });
  expect(result.reply).toMatchObject({ error: { class: 'ScopeError' } });
  expect(result.calls).toEqual([]);
});
