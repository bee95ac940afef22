import { ValidationError } from '@onceover/contract';
import { expect, test } from 'vitest';
import { newTicket, ticketChanges } from './ticket-bodies.ts';

const record = {
  externalId: 'invoice-in_1',
  subject: 'First invoice paid',
  description: 'Ada paid her first invoice.',
  requester: { email: 'ada@example.com' },
};
const ticket = {
  id: '5158',
  external_id: 'invoice-in_1',
  subject: record.subject,
  status: 'open',
  requester_id: '7',
};
const requester = { id: '7', email: 'Ada@example.com ' };

type Vendor = Readonly<Record<string, string | number | boolean | null>>;
const changesOf = (vendor: Vendor, stored: object = {}) =>
  ticketChanges({ ...record, vendor }, { ticket: { ...ticket, ...stored }, requester });

test.each([
  'assignee_id',
  'brand_id',
  'custom_status_id',
  'due_at',
  'group_id',
  'status',
  'ticket_form_id',
  'type',
])('vendor: %s of a ticket can be set', (name) => {
  expect(newTicket({ ...record, vendor: { [name]: 'x' } }, 'key')).toMatchObject({ [name]: 'x' });
  expect(changesOf({ [name]: 'x' })).toEqual({ [name]: 'x' });
});

test.each(['x27642', '27642x', '1234567890123456', ''])('vendor: “%s” is no custom field', (name) => {
  expect(() => newTicket({ ...record, vendor: { [name]: 'x' } }, 'key')).toThrow(
    expect.objectContaining({ name: 'ValidationError', path: `/vendor/${name}` }),
  );
  expect(() => changesOf({ [name]: 'x' })).toThrow(ValidationError);
});

test.each<[string, unknown, string | number | boolean | null]>([
  ['no value and null', undefined, null],
  ['null and no text', null, ''],
  ['no text and null', '', null],
  ['a number and its text', 98, '98'],
  ['text and its number', '98', 98],
  ['yes and yes', true, true],
])('vendor: %s are the same value', (_, stored, wanted) => {
  expect(changesOf({ group_id: wanted }, { group_id: stored })).toBeUndefined();
  expect(changesOf({ '27': wanted }, { custom_fields: [{ id: '27', value: stored }] })).toBeUndefined();
});

test.each<[unknown, string | number | boolean | null]>([
  [true, false],
  [undefined, false],
  [null, 'x'],
  [undefined, 'undefined'],
  [null, 'null'],
  [['a'], 'a'],
  [98, 99],
])('vendor: where the ticket has %o, %o changes it', (stored, wanted) => {
  expect(changesOf({ group_id: wanted }, { group_id: stored })).toEqual({ group_id: wanted });
  expect(changesOf({ '27': wanted }, { custom_fields: [{ id: '27', value: stored }] })).toEqual({
    custom_fields: [{ id: 27, value: wanted }],
  });
});

test('vendor: one that differs among several is enough to change the ticket', () => {
  const stored = { group_id: '1', brand_id: '2', custom_fields: [{ id: '3', value: 'x' }] };
  expect(changesOf({ group_id: 1, brand_id: 2, '3': 'x' }, stored)).toBeUndefined();
  expect(changesOf({ group_id: 1, brand_id: 3 }, stored)).toEqual({ group_id: 1, brand_id: 3 });
});

test('tags: a ticket that has none, or says nothing of them, gets ours', () => {
  for (const tags of [[], null, undefined]) {
    expect(ticketChanges({ ...record, tags: ['a'] }, { ticket: { ...ticket, tags }, requester })).toEqual({
      tags: ['a'],
    });
  }
});

test('requester: an address is compared without case and blanks, on both sides', () => {
  const changes = (email: string, stored: string | null | undefined) =>
    ticketChanges({ ...record, requester: { email } }, { ticket, requester: { id: '7', email: stored } });
  expect(changes('ada@example.com', ' ADA@example.com')).toBeUndefined();
  expect(changes(' ADA@example.com', 'ada@example.com')).toBeUndefined();
  for (const other of ['eve@example.com', null, undefined]) {
    expect(changes('ada@example.com', other)).toEqual({ requester: { email: 'ada@example.com' } });
  }
  const unknown = ticketChanges(record, { ticket, requester: undefined });
  expect(unknown).toEqual({ requester: { email: 'ada@example.com' } });
});
