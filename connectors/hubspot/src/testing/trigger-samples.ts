import type { SignatureVector, TriggerSample } from '@onceover/connector-kit/testing';
import type { JsonValue } from '@onceover/contract';
import golden from '../../fixtures/webhooks.json' with { type: 'json' };

const items: Readonly<Record<keyof typeof golden.items, JsonValue>> = golden.items;

const contact = {
  vendorId: '501',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  lifecycleStage: 'sales-qualified',
  updatedAt: '2026-11-24T10:00:00.123Z',
};

const changed = (change: string, fields: readonly string[] = [], about: JsonValue = contact) => ({
  type: 'crm.contact-changed.v1',
  data: { contact: about, change, fields },
});

/** Deliveries with the signatures that HubSpot's own SDK gives; a test compares them. */
export const signatureVectors: readonly SignatureVector[] = [
  vector('an array of two', {
    body: [items.creation, items.stageChange],
    url: 'https://onceover.example/v1/hooks/hubspot-app',
    signature: '4XCnZciq7o2/ySVvWTEkX8Qvfko8yCxQ7FVa54f8ZbM=',
  }),
  vector('text beyond ASCII', {
    body: [{ propertyValue: 'Zoë €' }],
    url: 'https://onceover.example/v1/hooks/hubspot-app?region=eu',
    signature: 'qtO0d54b/DKzU/qTM4mVViHhxhlIPRJDTgzeAWIin64=',
  }),
];

function vector(
  name: string,
  { body, url, signature }: { body: JsonValue; url: string; signature: string },
): SignatureVector {
  const signedAt = new Date('2026-11-24T10:00:05.678Z');
  return {
    name,
    secret: '5a7e1c0e-9d1d-4a8f-a4b4-0c9d2f6f1b1e',
    method: 'POST',
    url,
    headers: {
      'x-hubspot-signature-v3': signature,
      'x-hubspot-request-timestamp': String(signedAt.getTime()),
    },
    body: JSON.stringify(body),
    signedAt,
  };
}

const webhookItems: TriggerSample['items'] = [
  { name: 'a new contact', item: items.creation, record: { contact }, events: [changed('created')] },
  {
    name: 'a change names its property',
    item: items.nameChange,
    record: { contact },
    events: [changed('updated', ['firstname'])],
  },
  {
    name: 'a stage of sales or marketing qualification is a qualified lead as well',
    item: items.stageChange,
    record: { contact },
    events: [
      changed('updated', ['lifecyclestage']),
      {
        type: 'crm.lead-qualified.v1',
        data: { contact, stage: 'sales-qualified', qualifiedAt: '2026-11-24T10:00:02.000Z' },
      },
    ],
  },
  {
    name: 'a marketing qualified lead',
    item: items.marketingStage,
    record: { contact },
    events: [
      changed('updated', ['lifecyclestage']),
      {
        type: 'crm.lead-qualified.v1',
        data: { contact, stage: 'marketing-qualified', qualifiedAt: '2026-11-24T10:00:08.000Z' },
      },
    ],
  },
  {
    name: 'a stage before qualification is a change alone',
    item: items.earlyStage,
    record: { contact },
    events: [changed('updated', ['lifecyclestage'])],
  },
  {
    name: 'a qualified lead without an address is a change alone',
    item: items.addressless,
    record: { contact: { vendorId: '502' } },
    events: [changed('updated', ['lifecyclestage'], { vendorId: '502' })],
  },
  {
    name: 'another property with the value of a stage is a change alone',
    item: items.otherProperty,
    record: { contact },
    events: [changed('updated', ['hs_lead_status'])],
  },
  {
    name: 'a contact that is gone by now becomes no event',
    item: items.goneByNow,
    record: { contact: null },
    events: [],
  },
  {
    name: 'a merge tells of the contact that is left',
    item: items.merge,
    record: { contact },
    events: [changed('merged')],
  },
  { name: 'a restored contact', item: items.restore, record: { contact }, events: [changed('restored')] },
  {
    name: 'a deleted contact has its id alone',
    item: items.deletion,
    events: [changed('removed', [], { vendorId: '501' })],
  },
  {
    name: 'a contact erased for privacy is removed too',
    item: items.privacyDeletion,
    events: [changed('removed', [], { vendorId: '501' })],
  },
  { name: 'an item of another object means nothing here', item: items.companyChange, events: [] },
];

/** One for each trigger of the connector. */
export const triggerSamples: Readonly<Record<string, TriggerSample>> = {
  events: { vectors: signatureVectors, items: webhookItems },
  contactsChanged: {
    items: [{ name: 'a listed contact was updated', item: contact, events: [changed('updated')] }],
  },
};
