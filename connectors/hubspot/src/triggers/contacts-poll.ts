import { crm, type DeliveredItem, type NormalizedEvent, poll, storedContactSchema } from '@onceover/contract';

/** Closes the gaps of the webhook: HubSpot gives a delivery up after a day. */
export const contactsPoll = poll({
  name: 'contactsChanged',
  summary: 'Contacts changed since the last look.',
  source: 'https://developers.hubspot.com/docs/api-reference/2026-03/crm/search-the-crm',
  events: [crm.contactChanged.type],
  operation: 'contacts.listChanged',
  everySeconds: 900,
  eventId: ['/vendorId', '/updatedAt'],
  record: ['/vendorId'],
  time: { pointer: '/updatedAt', unit: 'rfc3339' },
  reconciles: 'events',
  normalize({ item }: DeliveredItem): readonly NormalizedEvent[] {
    if (!storedContactSchema.safeParse(item).success) return [];
    return [{ type: crm.contactChanged.type, data: { contact: item, change: 'updated', fields: [] } }];
  },
});
