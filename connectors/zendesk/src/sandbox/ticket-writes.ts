import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { JsonValue } from '@onceover/contract';
import { z } from 'zod';
import { newUser } from './user-routes.ts';
import { ticketCreated, ticketPriorityChanged } from './webhook-events.ts';
import {
  findUserByEmail,
  putTicket,
  putUser,
  secondsText,
  type StoredComment,
  type StoredTicket,
  type ZendeskState,
} from './zendesk-state.ts';

const prioritySchema = z.enum(['low', 'normal', 'high', 'urgent']);

/** What a ticket's body may hold; Zendesk ignores the rest. */
export const ticketBodySchema = z.object({
  external_id: z.string().nullish(),
  subject: z.string().optional(),
  comment: z.object({ body: z.string().optional(), public: z.boolean().optional() }).optional(),
  requester: z.object({ email: z.string(), name: z.string().optional() }).optional(),
  priority: prioritySchema.nullish(),
  status: z.enum(['new', 'open', 'pending', 'hold', 'solved', 'closed']).optional(),
  type: z.enum(['problem', 'incident', 'question', 'task']).nullish(),
  group_id: z.number().nullish(),
  assignee_id: z.number().nullish(),
  tags: z.array(z.string()).optional(),
  custom_fields: z.array(z.object({ id: z.number(), value: z.json() })).optional(),
  metadata: z.record(z.string(), z.json()).optional(),
});
export type TicketBody = z.infer<typeof ticketBodySchema>;

type Context = SandboxContext<ZendeskState>;

/** The requester with this address, made when there is none; undefined when there is no name to make them with. */
export function requesterOf(
  requester: { email: string; name?: string | undefined },
  { state, clock, nextId }: Context,
): number | undefined {
  const known = findUserByEmail(state, requester.email);
  if (known !== undefined) return known.id;
  if (!requester.name) return undefined;
  const user = {
    ...newUser(nextId(), secondsText(clock.now())),
    name: requester.name,
    email: requester.email.toLowerCase(),
  };
  putUser(state, user);
  return user.id;
}

export function openTicket(body: TicketBody, requesterId: number, context: Context): StoredTicket {
  const { state, clock, nextId, ledger, emit } = context;
  const now = secondsText(clock.now());
  const ticket: StoredTicket = {
    id: nextId(),
    external_id: body.external_id ?? null,
    subject: body.subject ?? null,
    description: body.comment?.body ?? '',
    status: body.status ?? 'new',
    priority: body.priority ?? null,
    type: body.type ?? null,
    requester_id: requesterId,
    submitter_id: state.agentId,
    assignee_id: body.assignee_id ?? null,
    group_id: body.group_id ?? null,
    tags: tagsOf(body.tags ?? []),
    custom_fields: body.custom_fields ?? [],
    created_at: now,
    updated_at: now,
  };
  putTicket(state, ticket);
  addComment({ ticket, body, auditId: nextId(), isDescription: true }, context);
  ledger.record({
    resource: 'tickets',
    naturalKey: ticket.external_id ?? String(ticket.id),
    vendorId: String(ticket.id),
    action: 'created',
    values: plain(body),
  });
  emit(ticketCreated({ ...eventFacts(ticket, context), openedAt: ticket.created_at }));
  return ticket;
}

/** Applies an update and returns what changed, in the words of an audit. */
export function changeTicket(
  ticket: StoredTicket,
  body: TicketBody,
  requesterId: number | undefined,
  context: Context,
): { auditId: number; comment: StoredComment | undefined; changes: Record<string, JsonValue>[] } {
  const { nextId, clock, ledger, emit } = context;
  const auditId = nextId();
  const next = propertiesOf(body, requesterId, ticket);
  const changes = Object.entries(next)
    .filter(([name, value]) => JSON.stringify(ticket[name as keyof StoredTicket]) !== JSON.stringify(value))
    .map(([name, value]) => ({
      id: nextId(),
      type: 'Change',
      field_name: name,
      value,
      previous_value: ticket[name as keyof StoredTicket],
    }));
  const previousPriority = ticket.priority;
  Object.assign(ticket, next);
  putTicket(context.state, ticket);
  const comment = addComment({ ticket, body, auditId, isDescription: false }, context);
  if (changes.length > 0 || comment !== undefined) ticket.updated_at = secondsText(clock.now());
  if (body.comment === undefined) {
    ledger.record({
      resource: 'tickets',
      naturalKey: ticket.external_id ?? String(ticket.id),
      vendorId: String(ticket.id),
      action: changes.length === 0 ? 'unchanged' : 'updated',
      values: plain(body),
    });
  }
  if (ticket.priority !== previousPriority && ticket.priority !== null) {
    emit(
      ticketPriorityChanged({
        ...eventFacts(ticket, context),
        priority: ticket.priority,
        ...(previousPriority === null ? {} : { previousPriority }),
      }),
    );
  }
  return { auditId, comment, changes };
}

function propertiesOf(body: TicketBody, requesterId: number | undefined, ticket: StoredTicket) {
  const fields = new Map(ticket.custom_fields.map(({ id, value }) => [id, value]));
  for (const { id, value } of body.custom_fields ?? []) fields.set(id, value);
  return {
    ...(body.external_id === undefined ? {} : { external_id: body.external_id }),
    ...(body.subject === undefined ? {} : { subject: body.subject }),
    ...(body.priority === undefined ? {} : { priority: body.priority }),
    ...(body.status === undefined ? {} : { status: body.status }),
    ...(body.type === undefined ? {} : { type: body.type }),
    ...(body.group_id === undefined ? {} : { group_id: body.group_id }),
    ...(body.assignee_id === undefined ? {} : { assignee_id: body.assignee_id }),
    ...(body.tags === undefined ? {} : { tags: tagsOf(body.tags) }),
    ...(body.custom_fields === undefined
      ? {}
      : { custom_fields: [...fields].map(([id, value]) => ({ id, value })) }),
    ...(requesterId === undefined ? {} : { requester_id: requesterId }),
  };
}

interface CommentFacts {
  ticket: StoredTicket;
  body: TicketBody;
  auditId: number;
  /** A ticket's first comment is its description and part of the ticket: no effect of its own. */
  isDescription: boolean;
}

function addComment(
  { ticket, body, auditId, isDescription }: CommentFacts,
  { state, clock, nextId, ledger }: Context,
): StoredComment | undefined {
  if (body.comment?.body === undefined) return undefined;
  const comment: StoredComment = {
    id: nextId(),
    audit_id: auditId,
    ticket_id: ticket.id,
    author_id: state.agentId,
    body: body.comment.body,
    public: body.comment.public ?? true,
    created_at: secondsText(clock.now()),
    metadata: { system: { client: 'onceover' }, custom: body.metadata ?? {} },
  };
  state.comments.push(comment);
  const reference = body.metadata?.['onceover_reference'];
  if (!isDescription) {
    ledger.record({
      resource: 'comments',
      naturalKey: typeof reference === 'string' ? reference : String(comment.id),
      vendorId: String(comment.id),
      action: 'created',
      values: plain(body),
    });
  }
  return comment;
}

/** Without what is absent: a ledger holds JSON. */
function plain(body: TicketBody): JsonValue {
  return JSON.parse(JSON.stringify(body)) as JsonValue;
}

/** Zendesk keeps tags in lower case, each once. */
function tagsOf(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => tag.toLowerCase().replaceAll(' ', '_')))];
}

function eventFacts(ticket: StoredTicket, { state, clock, nextId }: Context) {
  return {
    eventId: `sandbox-event-${nextId()}`,
    at: clock.now().toISOString(),
    accountId: state.accountId,
    actorId: state.agentId,
    ticket: {
      id: ticket.id,
      subject: ticket.subject ?? '',
      description: ticket.description,
      externalId: ticket.external_id,
      priority: ticket.priority,
      status: ticket.status,
      requesterId: ticket.requester_id,
      tags: ticket.tags,
      createdAt: ticket.created_at,
      updatedAt: ticket.updated_at,
    },
  };
}
