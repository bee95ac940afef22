import {
  canonicalEmail,
  type EventData,
  crm,
  type DeliveredItem,
  type JsonValue,
  type NormalizedEvent,
  storedContactSchema,
  webhook,
} from '@onceover/contract';
import { z } from 'zod';
import { readStage } from '../hubspot-contacts.ts';

const guide = 'https://developers.hubspot.com/docs/api-reference/2026-03/webhooks/guide';

/** Items that name a contact which still exists. */
const hydrated = ['contact.creation', 'contact.propertyChange', 'contact.merge', 'contact.restore'];

/**
 * Webhooks of an app: one endpoint for every account that installed it. Bodies are arrays of thin events in no
 * order; `eventId` alone is not unique.
 */
export const hubspotWebhook = webhook({
  name: 'events',
  summary: 'Contacts created, changed, merged, restored or deleted.',
  source: guide,
  events: [crm.contactChanged.type, crm.leadQualified.type],
  // https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
  signature: {
    algorithm: 'sha256',
    encoding: 'base64',
    header: 'X-HubSpot-Signature-v3',
    format: { kind: 'plain' },
    // HubSpot's guide asks to decode some escapes of the URL first; its SDK does not. A hook's URL has none.
    signed: ['method', 'url', 'body', 'timestamp'],
    timestamp: { header: 'X-HubSpot-Request-Timestamp', unit: 'milliseconds', toleranceSeconds: 300 },
    secret: 'clientSecret',
  },
  items: '',
  key: [
    { pointer: '/portalId' },
    { pointer: '/subscriptionId' },
    { pointer: '/eventId' },
    { pointer: '/objectId' },
    { pointer: '/occurredAt' },
  ],
  account: { pointer: '/portalId' },
  record: [{ pointer: '/objectId' }],
  time: { pointer: '/occurredAt', unit: 'milliseconds' },
  hydrate: {
    operation: 'contacts.find',
    input: { vendorId: '/objectId' },
    when: { pointer: '/subscriptionType', oneOf: hydrated },
  },
  // Seen in deliveries that others captured, not in HubSpot's reference: a change that came through an app's token
  // has `changeSource: INTEGRATION` and that app's id as `sourceId`; a person's has `userId:…`.
  echo: { pointer: '/sourceId', is: 'app' },
  // The subscriptions API takes the developer account's own credentials, which no connection has.
  subscription: {
    manual: [
      'Open the app in the HubSpot developer account, and its Webhooks tab.',
      'Set the target URL to <public URL>/v1/hooks/<registration id>.',
      'Subscribe to contact creation, deletion, merge, restore, and to changes of the properties that flows need (lifecyclestage among them); activate each.',
    ],
  },
  normalize,
});

const itemSchema = z.object({
  subscriptionType: z.string(),
  objectId: z.union([z.number(), z.string()]),
  occurredAt: z.number(),
  propertyName: z.string().nullish(),
  propertyValue: z.string().nullish(),
});
type Item = z.infer<typeof itemSchema>;

const recordSchema = z.object({ contact: storedContactSchema.nullable() });

const changes: Readonly<Record<string, EventData<typeof crm.contactChanged>['change']>> = {
  'contact.creation': 'created',
  'contact.propertyChange': 'updated',
  'contact.merge': 'merged',
  'contact.restore': 'restored',
  'contact.deletion': 'removed',
  'contact.privacyDeletion': 'removed',
};

function normalize({ item, record }: DeliveredItem): readonly NormalizedEvent[] {
  const parsed = itemSchema.safeParse(item);
  const change = parsed.success ? changes[parsed.data.subscriptionType] : undefined;
  if (!parsed.success || change === undefined) return [];
  const { data } = parsed;
  if (change === 'removed') {
    return [contactChanged({ vendorId: String(data.objectId) }, change, [])];
  }
  // A contact that is gone by now: its deletion tells.
  const contact = recordSchema.safeParse(record).data?.contact;
  if (contact === undefined || contact === null) return [];
  const fields = typeof data.propertyName === 'string' ? [data.propertyName] : [];
  return [contactChanged(contact, change, fields), ...leadQualified(data, contact)];
}

type StoredContact = z.infer<typeof storedContactSchema>;

function contactChanged(
  contact: StoredContact,
  change: EventData<typeof crm.contactChanged>['change'],
  fields: readonly string[],
): NormalizedEvent {
  return { type: crm.contactChanged.type, data: { contact: asJson(contact), change, fields } };
}

function leadQualified(item: Item, contact: StoredContact): NormalizedEvent[] {
  if (item.subscriptionType !== 'contact.propertyChange' || item.propertyName !== 'lifecyclestage') return [];
  const stage = readStage(item.propertyValue ?? '');
  const { email } = contact;
  if ((stage !== 'marketing-qualified' && stage !== 'sales-qualified') || email === undefined) return [];
  const qualifiedAt = new Date(item.occurredAt).toISOString();
  return [
    {
      type: crm.leadQualified.type,
      data: { contact: { ...asJson(contact), email: canonicalEmail(email) }, stage, qualifiedAt },
    },
  ];
}

/** A parsed contact holds JSON alone; its optional fields are absent, never undefined. */
function asJson(contact: StoredContact): { readonly [name: string]: JsonValue } {
  return contact as { readonly [name: string]: JsonValue };
}
