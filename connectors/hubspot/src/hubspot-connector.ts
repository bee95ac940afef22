import { defineConnector } from '@onceover/contract';
import { hubspotAuth } from './hubspot-auth.ts';
import { hubspotAnswers } from './hubspot-errors.ts';
import { hubspotRateLimits } from './hubspot-rate-limits.ts';
import { findContact } from './operations/find-contact.ts';
import { listContactsChanged } from './operations/list-contacts-changed.ts';
import { upsertCompanies } from './operations/upsert-companies.ts';
import { upsertContacts } from './operations/upsert-contacts.ts';
import { contactsPoll } from './triggers/contacts-poll.ts';
import { hubspotWebhook } from './triggers/hubspot-webhook.ts';

/** HubSpot: contacts and companies, of API version 2026-03. */
export const hubspot = defineConnector({
  specVersion: 'v1',
  id: 'hubspot',
  title: 'HubSpot',
  domain: 'crm',
  auth: hubspotAuth,
  egress: ['https://api.hubapi.com'],
  answers: hubspotAnswers,
  rateLimits: hubspotRateLimits,
  operations: [findContact, upsertContacts, upsertCompanies, listContactsChanged],
  triggers: [hubspotWebhook, contactsPoll],
});
