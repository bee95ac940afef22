import { numberText, type Ticket, ValidationError } from '@onceover/contract';
import { type FoundTicket, isSameEmail } from '../zendesk-records.ts';

/** What a ticket's body holds at Zendesk, for a new ticket and for one that is there. */

type VendorValue = string | number | boolean | null;

/** Ticket properties that `vendor` may name; digits name a custom field. Roles, ids and comments stay ours. */
const properties = new Set([
  'assignee_id',
  'brand_id',
  'custom_status_id',
  'due_at',
  'group_id',
  'status',
  'ticket_form_id',
  'type',
]);

/** The body of `POST /api/v2/tickets`. The description is the first comment. */
export function newTicket(record: Ticket, externalId: string): Record<string, unknown> {
  return {
    external_id: externalId,
    subject: record.subject,
    comment: { body: record.description },
    requester: record.requester,
    ...(record.priority === undefined ? {} : { priority: record.priority }),
    ...(record.tags === undefined ? {} : { tags: record.tags }),
    ...vendorProperties(record),
  };
}

/**
 * What the ticket lacks to be as the record says; undefined when it lacks nothing. Tags are added to those it has:
 * Zendesk would replace them all, and with them what agents and triggers added.
 */
export function ticketChanges(
  record: Ticket,
  { ticket, requester }: FoundTicket,
): Record<string, unknown> | undefined {
  const tags = new Set(ticket.tags);
  // Zendesk keeps tags in lower case.
  const missingTags = (record.tags ?? []).filter((tag) => !tags.has(tag) && !tags.has(tag.toLowerCase()));
  const vendor = vendorProperties(record);
  const changes = {
    ...(record.subject === ticket.subject ? {} : { subject: record.subject }),
    ...(isSameEmail(requester?.email, record.requester.email) ? {} : { requester: record.requester }),
    ...(record.priority === undefined || record.priority === ticket.priority
      ? {}
      : { priority: record.priority }),
    ...(missingTags.length === 0 ? {} : { tags: [...tags, ...missingTags] }),
    ...(vendorDiffers(vendor, ticket) ? vendor : {}),
  };
  return Object.keys(changes).length === 0 ? undefined : changes;
}

interface VendorProperties {
  custom_fields?: readonly { id: number; value: VendorValue }[];
  [property: string]: unknown;
}

function vendorProperties(record: Ticket): VendorProperties {
  const entries = Object.entries(record.vendor ?? {});
  const custom = entries.filter(([name]) => /^\d{1,15}$/.test(name));
  const own = entries.filter((entry) => !custom.includes(entry));
  for (const [name] of own) {
    if (properties.has(name)) continue;
    throw new ValidationError(
      `Zendesk's ticket property ${name} cannot be set here: use the id of a custom field, or one of ${[...properties].join(', ')}`,
      { path: `/vendor/${name}` },
    );
  }
  return {
    ...Object.fromEntries(own),
    ...(custom.length === 0
      ? {}
      : { custom_fields: custom.map(([id, value]) => ({ id: Number(id), value })) }),
  };
}

function vendorDiffers(vendor: VendorProperties, ticket: FoundTicket['ticket']): boolean {
  const { custom_fields: fields = [], ...own } = vendor;
  const stored = new Map((ticket.custom_fields ?? []).map(({ id, value }) => [id, value]));
  return (
    fields.some(({ id, value }) => !isSameValue(stored.get(String(id)), value)) ||
    Object.entries(own).some(([name, value]) => !isSameValue(ticket[name], value))
  );
}

/** Zendesk answers some numbers as text and the other way round; no value, null and empty text are one. */
function isSameValue(stored: unknown, wanted: unknown): boolean {
  return valueText(stored) === valueText(wanted);
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  return numberText(value) ?? (value === null || value === undefined ? '' : JSON.stringify(value));
}
