import type { JsonValue } from '@onceover/contract';

/**
 * Bodies of Zendesk's ticket events, with every documented property of `detail`.
 * https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/ (zendesk_event_version 2022-11-06)
 */

export interface TicketEventFacts {
  /** The event's own id; repeated attempts of one event carry the same. */
  eventId: string;
  /** RFC 3339. */
  at: string;
  accountId?: number;
  /** Who caused it. */
  actorId?: number;
  ticket: {
    id: number;
    subject: string;
    description?: string;
    externalId?: string | null;
    priority?: string | null;
    status?: string;
    requesterId: number;
    tags?: readonly string[];
    createdAt?: string;
    updatedAt?: string;
  };
}

/** `zen:event-type:ticket.created` */
export function ticketCreated(facts: TicketEventFacts & { openedAt?: string }): JsonValue {
  return envelope('ticket.created', facts, {}, { created_at: facts.openedAt ?? facts.at });
}

/** `zen:event-type:ticket.priority_changed` */
export function ticketPriorityChanged(
  facts: TicketEventFacts & { priority: string; previousPriority?: string },
): JsonValue {
  const current = facts.priority.toUpperCase();
  return envelope(
    'ticket.priority_changed',
    facts,
    { current, previous: facts.previousPriority?.toUpperCase() ?? null },
    { priority: current },
  );
}

function envelope(
  type: string,
  { eventId, at, accountId = 12514403, actorId, ticket }: TicketEventFacts,
  event: Readonly<Record<string, JsonValue>>,
  detail: Readonly<Record<string, JsonValue>>,
): JsonValue {
  return {
    account_id: accountId,
    detail: {
      actor_id: String(actorId ?? ticket.requesterId),
      assignee_id: null,
      brand_id: '8447346621310',
      created_at: ticket.createdAt ?? at,
      custom_status: '8447320465790',
      description: ticket.description ?? ticket.subject,
      external_id: ticket.externalId ?? null,
      form_id: '8646151517822',
      group_id: '8447320466430',
      id: String(ticket.id),
      is_public: true,
      organization_id: null,
      priority: ticket.priority?.toUpperCase() ?? null,
      requester_id: String(ticket.requesterId),
      status: (ticket.status ?? 'new').toUpperCase(),
      subject: ticket.subject,
      submitter_id: String(ticket.requesterId),
      tags: ticket.tags ?? [],
      type: null,
      updated_at: ticket.updatedAt ?? at,
      via: { channel: 'web_service' },
      ...detail,
    },
    event: { ...event, meta: { sequence: { id: `sequence-${eventId}`, position: 1 } } },
    id: eventId,
    subject: `zen:ticket:${ticket.id}`,
    time: at,
    type: `zen:event-type:${type}`,
    zendesk_event_version: '2022-11-06',
  };
}
