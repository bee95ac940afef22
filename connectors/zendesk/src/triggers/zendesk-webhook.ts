import { type NormalizedEvent, readPointer, readPointerText, webhook } from '@onceover/contract';
import type { DeliveredItem, JsonValue } from '@onceover/contract';

const created = 'zen:event-type:ticket.created';
const priorityChanged = 'zen:event-type:ticket.priority_changed';

/** Zendesk's priorities, as events write them; no priority is the lowest. */
const ranks: readonly string[] = ['low', 'normal', 'high', 'urgent'];

/**
 * Ticket events of an event subscription. A delivery is one event; a repeated attempt keeps the invocation's id.
 * The ticket in it names its requester by id alone, so it is read once more.
 */
export const zendeskWebhook = webhook({
  name: 'webhook',
  summary: 'Tickets opened and tickets whose priority rose.',
  source: 'https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/',
  events: ['support.ticket-opened.v1', 'support.ticket-escalated.v1'],
  signature: {
    // https://developer.zendesk.com/documentation/webhooks/verifying/ sets no tolerance: five minutes is ours.
    algorithm: 'sha256',
    encoding: 'base64',
    header: 'X-Zendesk-Webhook-Signature',
    format: { kind: 'plain' },
    signed: ['timestamp', 'body'],
    timestamp: {
      header: 'X-Zendesk-Webhook-Signature-Timestamp',
      unit: 'rfc3339',
      toleranceSeconds: 300,
    },
    secret: 'webhookSecret',
  },
  key: [{ header: 'X-Zendesk-Webhook-Invocation-Id' }],
  account: { pointer: '/account_id' },
  record: [{ pointer: '/detail/id' }],
  time: { pointer: '/time', unit: 'rfc3339' },
  hydrate: {
    operation: 'tickets.get',
    input: { vendorId: '/detail/id' },
    when: { pointer: '/type', oneOf: [created, priorityChanged] },
  },
  echo: { pointer: '/detail/actor_id', is: 'identity' },
  subscription: {
    per: 'connection',
    topics: [created, priorityChanged],
    list: 'subscriptions.list',
    create: 'subscriptions.create',
    remove: 'subscriptions.remove',
    tellSecret: 'subscriptions.tellSecret',
    // Where the service account may not manage webhooks.
    manual: [
      'In Admin Center open Apps and integrations > Actions and webhooks > Webhooks and choose Create webhook.',
      'Choose Zendesk events and the two events Ticket created and Ticket priority changed.',
      'Endpoint URL: {url}. Request method POST, request format JSON, authentication none.',
      'Create it, choose Reveal secret and give the signing secret to the connection.',
    ],
    page: 'https://developer.zendesk.com/documentation/webhooks/creating-and-monitoring-webhooks/',
    test: 'Open a ticket, or raise the priority of one. (“Test webhook” in Admin Center signs with another secret.)',
  },
  normalize,
});

function normalize({ item, record }: DeliveredItem): readonly NormalizedEvent[] {
  const ticket = readPointer(record, '/ticket');
  // Gone in the meantime: there is nothing left to tell.
  if (ticket === undefined || ticket === null) return [];
  switch (readPointerText(item, '/type')) {
    case created:
      return [
        {
          type: 'support.ticket-opened.v1',
          data: { ticket, openedAt: readPointer(item, '/detail/created_at') ?? null },
        },
      ];
    case priorityChanged:
      return escalation(item, ticket);
    default:
      return [];
  }
}

/** A fall, or a rise to normal, is no escalation. */
function escalation(item: JsonValue, ticket: JsonValue): readonly NormalizedEvent[] {
  const priority = priorityAt(item, '/event/current');
  const previous = priorityAt(item, '/event/previous');
  if (priority !== 'high' && priority !== 'urgent') return [];
  if (previous !== undefined && ranks.indexOf(previous) >= ranks.indexOf(priority)) return [];
  return [
    {
      type: 'support.ticket-escalated.v1',
      data: {
        ticket,
        priority,
        ...(previous === undefined ? {} : { previousPriority: previous }),
        escalatedAt: readPointer(item, '/time') ?? null,
      },
    },
  ];
}

function priorityAt(item: JsonValue, pointer: string): string | undefined {
  const text = readPointerText(item, pointer)?.toLowerCase();
  return text !== undefined && ranks.includes(text) ? text : undefined;
}
