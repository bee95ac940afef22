import type { ReadSample, TriggerSample, WriteSample } from '@onceover/connector-kit/testing';
import type { JsonValue } from '@onceover/contract';
import type { TicketSeed } from '../sandbox/seed-records.ts';
import { ticketCreated, ticketPriorityChanged } from '../sandbox/webhook-events.ts';
import type { ZendeskState } from '../sandbox/zendesk-state.ts';

/** What the connector gives to the conformance suite: records, their calls spelled out, events and their items. */

export const seededTicket = {
  ticket: { id: 5158, subject: 'The export hangs', priority: 'low', tags: ['export'] },
  requester: { id: 8447388090494, name: 'Ada Lovelace', email: 'Ada@Example.com' },
} satisfies TicketSeed;

const ada = { email: ' Ada@Example.com ', name: 'Ada Lovelace', phone: '+49301234567' };

export const users: WriteSample<ZendeskState> = {
  kind: 'write',
  records: [{ ...ada, vendor: { plan: 'pro', seats: 3 } }],
  changed: [{ ...ada, name: 'Augusta Ada King' }],
  rendered: () => ({
    method: 'POST',
    path: '/api/v2/users/create_or_update',
    body: {
      user: {
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        phone: '+49301234567',
        user_fields: { plan: 'pro', seats: 3 },
        skip_verify_email: true,
      },
    },
  }),
};

const invoice = {
  externalId: ' invoice-in_1 ',
  subject: 'First invoice paid',
  description: 'Ada paid her first invoice.',
  requester: { email: 'ada@example.com', name: 'Ada Lovelace' },
  priority: 'normal',
  tags: ['first-invoice', 'Billing'],
  vendor: { type: 'task', '27642': '745' },
};

export const tickets: WriteSample<ZendeskState> = {
  kind: 'write',
  records: [invoice],
  changed: [{ ...invoice, subject: 'First invoice paid twice', priority: 'high' }],
  rendered: () => ({
    method: 'POST',
    path: '/api/v2/tickets',
    body: {
      ticket: {
        external_id: 'invoice-in_1',
        subject: 'First invoice paid',
        comment: { body: 'Ada paid her first invoice.' },
        requester: { email: 'ada@example.com', name: 'Ada Lovelace' },
        priority: 'normal',
        tags: ['first-invoice', 'Billing'],
        type: 'task',
        custom_fields: [{ id: 27642, value: '745' }],
      },
    },
  }),
  // A linked ticket that is not found is looked for by its external id instead.
  accepted: { 'GET /api/v2/tickets/{id}': [404, 410] },
};

export const comments: WriteSample<ZendeskState> = {
  kind: 'write',
  prepare: (sandbox) => sandbox.seed([seededTicket]),
  records: [
    { reference: 'refund re_1', ticket: { vendorId: '5158' }, body: 'Refunded 12.00 EUR.', public: false },
  ],
  rendered: () => ({
    method: 'PUT',
    path: '/api/v2/tickets/5158',
    body: {
      ticket: {
        comment: { body: 'Refunded 12.00 EUR.', public: false },
        metadata: { onceover_reference: 'refund re_1' },
      },
    },
  }),
  repeated: ['unchanged'],
};

const storedTicket = {
  vendorId: '5158',
  subject: 'The export hangs',
  status: 'open',
  priority: 'low',
  requester: { email: 'ada@example.com', name: 'Ada Lovelace' },
  updatedAt: '2026-11-24T10:00:00Z',
};

export const ticketReads: ReadSample<ZendeskState> = {
  kind: 'read',
  cases: [
    {
      name: 'a ticket comes with its requester',
      prepare: (sandbox) => sandbox.seed([seededTicket]),
      input: { vendorId: '5158' },
      output: { ticket: storedTicket },
    },
    {
      name: 'a requester without an e-mail address has none',
      prepare: (sandbox) =>
        sandbox.seed([
          {
            ticket: { ...seededTicket.ticket, external_id: 'chat-1', priority: null },
            requester: { id: 7, name: 'Visitor 7', email: null },
          },
        ]),
      input: { vendorId: '5158' },
      output: {
        ticket: {
          vendorId: '5158',
          externalId: 'chat-1',
          subject: 'The export hangs',
          status: 'open',
          requester: { name: 'Visitor 7' },
          updatedAt: '2026-11-24T10:00:00Z',
        },
      },
    },
    { name: 'a ticket that is not there is null', input: { vendorId: '1' }, output: { ticket: null } },
    {
      name: 'a deleted ticket is null',
      prepare: (sandbox) =>
        sandbox.seed([{ ...seededTicket, ticket: { ...seededTicket.ticket, status: 'deleted' } }]),
      input: { vendorId: '5158' },
      output: { ticket: null },
    },
  ],
  accepted: { 'GET /api/v2/tickets/{id}': [404] },
};

const facts = {
  eventId: 'cbe4028c-7239-495d-b020-f22348516046',
  at: '2026-11-24T11:30:15.456789012Z',
  ticket: {
    id: 5158,
    subject: 'The export hangs',
    requesterId: 8447388090494,
    createdAt: '2026-11-24T09:59:58Z',
  },
};
const record: JsonValue = { ticket: storedTicket };
const changed = (priority: string, previousPriority?: string): JsonValue =>
  ticketPriorityChanged({
    ...facts,
    eventId: `${facts.eventId}-${previousPriority ?? 'none'}-${priority}`,
    priority,
    ...(previousPriority === undefined ? {} : { previousPriority }),
  });
const escalated = (priority: string, previousPriority?: string) => ({
  type: 'support.ticket-escalated.v1',
  data: {
    ticket: storedTicket,
    priority,
    ...(previousPriority === undefined ? {} : { previousPriority }),
    escalatedAt: facts.at,
  },
});

export const webhook: Required<Pick<TriggerSample, 'items'>> = {
  items: [
    {
      name: 'a new ticket is opened',
      item: ticketCreated({ ...facts, openedAt: '2026-11-24T09:59:58Z' }),
      record,
      events: [
        {
          type: 'support.ticket-opened.v1',
          data: { ticket: storedTicket, openedAt: '2026-11-24T09:59:58Z' },
        },
      ],
    },
    {
      name: 'a rise to urgent is an escalation',
      item: changed('urgent', 'low'),
      record,
      events: [escalated('urgent', 'low')],
    },
    {
      name: 'a first priority that is high is an escalation',
      item: changed('high'),
      record,
      events: [escalated('high')],
    },
    { name: 'a rise to normal is none', item: changed('normal', 'low'), record, events: [] },
    { name: 'a fall from urgent to high is none', item: changed('high', 'urgent'), record, events: [] },
    {
      name: 'a rise from normal to high is an escalation',
      item: changed('high', 'normal'),
      record,
      events: [escalated('high', 'normal')],
    },
    { name: 'a priority that stays is none', item: changed('high', 'high'), record, events: [] },
    {
      name: 'an event of another kind is not hydrated and tells nothing',
      item: {
        ...(changed('urgent', 'low') as object),
        type: 'zen:event-type:ticket.status_changed',
        id: 'other',
      },
      events: [],
    },
    {
      name: 'a ticket that is gone tells nothing',
      item: changed('urgent', 'normal'),
      record: null,
      events: [],
    },
  ],
};
