import {
  crm,
  type DeliveredItem,
  type EventData,
  type JsonValue,
  type NormalizedEvent,
  readPointerText,
  storedContactSchema,
  webhook,
} from '@onceover/contract';
import { z } from 'zod';

const guide = 'https://developers.hubspot.com/docs/api-reference/2026-03/webhooks/guide';

type Change = EventData<typeof crm.contactChanged>['change'];

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
  // By hand. HubSpot's subscriptions API is for legacy public apps, and takes a developer account's own credential
  // (`developers-write`), which neither an installation nor the app's client credentials give: see the guide.
  subscription: {
    per: 'registration',
    manual: [
      'Open the app in the HubSpot developer account. A legacy public app has a Webhooks tab; an app of a project has src/app/webhooks/webhook-hsmeta.json.',
      'Set the target URL ("settings.targetUrl" in the file) to {url}.',
      'Subscribe to contact.creation, contact.deletion, contact.merge, contact.restore, and to contact.propertyChange for each property that flows need, lifecyclestage among them.',
      'Switch each subscription on ("active": true); upload the project with `hs project upload`.',
    ],
    page: 'https://developers.hubspot.com/docs/apps/developer-platform/add-features/configure-webhooks',
    test: 'Change a contact in a connected account, or choose “Test” at the subscription in the Webhooks tab.',
  },
  normalize,
});

const changes = {
  'contact.creation': 'created',
  'contact.propertyChange': 'updated',
  'contact.merge': 'merged',
  'contact.restore': 'restored',
  'contact.deletion': 'removed',
  'contact.privacyDeletion': 'removed',
} as const satisfies Readonly<Record<string, Change>>;

const itemSchema = z.object({
  subscriptionType: z.custom<keyof typeof changes>(
    (type) => typeof type === 'string' && Object.hasOwn(changes, type),
  ),
  occurredAt: z.number(),
  propertyName: z.string().nullish(),
  propertyValue: z.string().nullish(),
});
type Item = z.infer<typeof itemSchema>;

const recordSchema = z.object({ contact: storedContactSchema });
type StoredContact = z.infer<typeof storedContactSchema>;

function normalize({ item, record }: DeliveredItem): readonly NormalizedEvent[] {
  const vendorId = readPointerText(item, '/objectId');
  const { data } = itemSchema.safeParse(item);
  if (data === undefined || vendorId === undefined) return [];
  const change = changes[data.subscriptionType];
  if (change === 'removed') return [contactChanged({ vendorId }, change, [])];
  const found = recordSchema.safeParse(record);
  // A contact that is gone by now: its deletion tells.
  if (!found.success) return [];
  const { contact } = found.data;
  const fields = typeof data.propertyName === 'string' ? [data.propertyName] : [];
  return [contactChanged(contact, change, fields), ...leadQualified(data, contact)];
}

function contactChanged(contact: StoredContact, change: Change, fields: readonly string[]): NormalizedEvent {
  return { type: crm.contactChanged.type, data: { contact: asJson(contact), change, fields } };
}

const qualifyingStages = {
  marketingqualifiedlead: 'marketing-qualified',
  salesqualifiedlead: 'sales-qualified',
} as const;

function leadQualified(
  { propertyName, propertyValue, occurredAt }: Item,
  contact: StoredContact,
): NormalizedEvent[] {
  if (propertyName !== 'lifecyclestage' || contact.email === undefined) return [];
  return Object.entries(qualifyingStages)
    .filter(([stage]) => stage === propertyValue)
    .map(([, stage]) => ({
      type: crm.leadQualified.type,
      data: { contact: asJson(contact), stage, qualifiedAt: new Date(occurredAt).toISOString() },
    }));
}

/** A parsed contact holds JSON alone; its optional fields are absent, never undefined. */
function asJson(contact: StoredContact): { readonly [name: string]: JsonValue } {
  return contact as { readonly [name: string]: JsonValue };
}
