import { z } from 'zod';
import { defineEvent } from '../events.ts';
import { defineDomainRead, defineDomainWrite } from '../operations.ts';
import {
  emailSchema,
  instantSchema,
  personNameSchema,
  phoneSchema,
  vendorFieldsSchema,
  vendorIdSchema,
} from './fields.ts';

export const prioritySchema = z.enum(['low', 'normal', 'high', 'urgent']);
export type Priority = z.infer<typeof prioritySchema>;

/** Someone who asks for help, known by e-mail address. */
export const supportUserSchema = z.strictObject({
  email: emailSchema,
  name: personNameSchema,
  phone: phoneSchema.optional(),
  vendor: vendorFieldsSchema.optional(),
});
export type SupportUser = z.infer<typeof supportUserSchema>;

const requesterSchema = z.strictObject({ email: emailSchema, name: personNameSchema.optional() });

/** A request for help, known by our own external id. Absent fields are left as they are at the vendor. */
export const ticketSchema = z.strictObject({
  externalId: z.string().min(1).max(255),
  subject: z.string().min(1).max(255),
  /** First comment; used when the ticket is created. */
  description: z.string().min(1).max(65_000),
  requester: requesterSchema,
  priority: prioritySchema.optional(),
  tags: z.array(z.string().min(1).max(255)).optional(),
  vendor: vendorFieldsSchema.optional(),
});
export type Ticket = z.infer<typeof ticketSchema>;

/** A ticket as the vendor keeps it. */
export const storedTicketSchema = z.strictObject({
  vendorId: vendorIdSchema,
  externalId: z.string().min(1).optional(),
  subject: z.string(),
  status: z.enum(['new', 'open', 'pending', 'hold', 'solved', 'closed']),
  priority: prioritySchema.optional(),
  requester: requesterSchema.partial({ email: true }),
  updatedAt: instantSchema.optional(),
});
export type StoredTicket = z.infer<typeof storedTicketSchema>;

/** A comment on a ticket, known by our own reference. */
export const commentSchema = z.strictObject({
  reference: z.string().min(1).max(255),
  ticket: z.strictObject({ vendorId: vendorIdSchema }),
  body: z.string().min(1).max(65_000).meta({ data: 'personal' }),
  /** A public comment is a message to the requester; an internal one is a note. */
  public: z.boolean(),
});
export type Comment = z.infer<typeof commentSchema>;

const ticketWithRequester = storedTicketSchema.extend({ requester: requesterSchema });
const exampleTicket = {
  vendorId: '35436',
  subject: 'The export hangs',
  status: 'open',
  priority: 'urgent',
  requester: { email: 'ada@example.com', name: 'Ada Lovelace' },
} as const;

const ticketOpened = defineEvent({
  name: 'support.ticket-opened',
  version: 1,
  summary: 'A ticket was opened.',
  schema: z.strictObject({ ticket: ticketWithRequester, openedAt: instantSchema }),
  example: { ticket: exampleTicket, openedAt: '2026-11-24T10:00:00Z' },
});

const ticketEscalated = defineEvent({
  name: 'support.ticket-escalated',
  version: 1,
  summary: "A ticket's priority rose to high or urgent.",
  schema: z.strictObject({
    ticket: ticketWithRequester,
    priority: z.enum(['high', 'urgent']),
    previousPriority: prioritySchema.optional(),
    escalatedAt: instantSchema,
  }),
  example: {
    ticket: exampleTicket,
    priority: 'urgent',
    previousPriority: 'normal',
    escalatedAt: '2026-11-24T10:00:00Z',
  },
});

/** Support: users, tickets, comments. */
export const support = {
  ticketOpened,
  ticketEscalated,
  users: {
    upsert: defineDomainWrite({
      name: 'support.users.upsert',
      summary: 'Creates end users, or changes those with the same e-mail address.',
      resource: 'support.users',
      record: supportUserSchema,
      naturalKey: [{ pointer: '/email', canonical: 'email' }],
      impact: 'write',
    }),
  },
  tickets: {
    get: defineDomainRead({
      name: 'support.tickets.get',
      summary: 'Reads one ticket and its requester by vendor id; null when there is none.',
      input: z.strictObject({ vendorId: vendorIdSchema }),
      output: z.strictObject({ ticket: storedTicketSchema.nullable() }),
    }),
    upsert: defineDomainWrite({
      name: 'support.tickets.upsert',
      summary: 'Opens tickets, or changes those with the same external id.',
      resource: 'support.tickets',
      record: ticketSchema,
      naturalKey: [{ pointer: '/externalId', canonical: 'text' }],
      impact: 'write',
    }),
  },
  comments: {
    create: defineDomainWrite({
      name: 'support.comments.create',
      summary: 'Adds a public or internal comment to a ticket.',
      resource: 'support.comments',
      record: commentSchema,
      naturalKey: [{ pointer: '/reference', canonical: 'text' }],
      impact: 'message',
    }),
  },
} as const;
