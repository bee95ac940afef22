import type { ReadSample, WriteSample } from '@onceover/connector-kit/testing';
import type { HubspotState } from '../sandbox/hubspot-state.ts';
import type { seedRecord } from '../sandbox/seed-records.ts';

type Seeds = Parameters<typeof seedRecord>[0][];

const ada = {
  email: ' Ada@Example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  phone: '+44 20 7946 0958',
  companyName: 'Analytical Engines',
  lifecycleStage: 'sales-qualified',
  vendor: { jobtitle: 'Mathematician', zip: 10_115, hs_lead_status: null },
};
const grace = { email: 'grace@example.com', firstName: 'Grace' };
const alan = { email: 'alan+test@example.com', lifecycleStage: 'marketing-qualified' };

const upsertContacts: WriteSample<HubspotState> = {
  kind: 'write',
  records: [ada, grace, alan],
  changed: [
    { ...ada, lastName: 'King' },
    { ...grace, lastName: 'Hopper' },
    { ...alan, lifecycleStage: 'customer' },
  ],
  rendered: (records) => ({
    method: 'POST',
    path: '/crm/objects/2026-03/contacts/batch/upsert',
    body: {
      inputs: [
        {
          id: 'ada@example.com',
          idProperty: 'email',
          objectWriteTraceId: records[0]?.effectKey ?? '',
          properties: {
            email: 'ada@example.com',
            firstname: 'Ada',
            lastname: 'Lovelace',
            phone: '+44 20 7946 0958',
            company: 'Analytical Engines',
            lifecyclestage: 'salesqualifiedlead',
            jobtitle: 'Mathematician',
            zip: '10115',
            hs_lead_status: '',
          },
        },
        {
          id: 'grace@example.com',
          idProperty: 'email',
          objectWriteTraceId: records[1]?.effectKey ?? '',
          properties: { email: 'grace@example.com', firstname: 'Grace' },
        },
        {
          id: 'alan+test@example.com',
          idProperty: 'email',
          objectWriteTraceId: records[2]?.effectKey ?? '',
          properties: { email: 'alan+test@example.com', lifecyclestage: 'marketingqualifiedlead' },
        },
      ],
    },
  }),
  // HubSpot tells new from known, not changed from unchanged.
  repeated: ['updated'],
  batch: {
    results: '/results',
    errors: '/errors',
    refused: {
      record: { email: 'eve@example.com', vendor: { no_such_property: 'x' } },
      error: { class: 'ValidationError', code: 'validation_error', retry: 'never' },
    },
  },
};

const upsertCompanies: WriteSample<HubspotState> = {
  kind: 'write',
  records: [{ domain: 'Example.com', name: 'Example', vendor: { industry: 'COMPUTER_SOFTWARE' } }],
  changed: [{ domain: 'example.com', name: 'Example Ltd' }],
  rendered: () => ({
    method: 'POST',
    path: '/crm/objects/2026-03/companies',
    body: {
      associations: [],
      properties: { domain: 'example.com', name: 'Example', industry: 'COMPUTER_SOFTWARE' },
    },
  }),
  repeated: ['updated'],
};

const kept = {
  contact: {
    id: '501',
    properties: {
      email: 'Ada@Example.com',
      firstname: 'Ada',
      lastname: 'Lovelace',
      phone: '+44 20 7946 0958',
      company: 'Analytical Engines',
      lifecyclestage: 'salesqualifiedlead',
    },
    updatedAt: '2026-11-20T08:00:00.123Z',
  },
};
const keptContact = {
  vendorId: '501',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  phone: '+44 20 7946 0958',
  companyName: 'Analytical Engines',
  lifecycleStage: 'sales-qualified',
  updatedAt: '2026-11-20T08:00:00.123Z',
};
const nameless = {
  contact: { id: '502', properties: { lifecyclestage: 'evangelist' }, updatedAt: '2026-11-21T08:00:00.000Z' },
};

const findContact: ReadSample<HubspotState> = {
  kind: 'read',
  cases: [
    {
      name: 'a contact is found by id, with all its fields',
      prepare: seeded([kept]),
      input: { vendorId: '501' },
      output: { contact: keptContact },
    },
    {
      name: 'a contact is found by e-mail address, however it is written',
      prepare: seeded([kept]),
      input: { email: 'ADA@example.com' },
      output: { contact: keptContact },
    },
    {
      name: 'a contact without a name or address is still one; a stage of the account’s own is other',
      prepare: seeded([nameless]),
      input: { vendorId: '502' },
      output: {
        contact: { vendorId: '502', lifecycleStage: 'other', updatedAt: '2026-11-21T08:00:00.000Z' },
      },
    },
    {
      name: 'an unknown contact is null',
      input: { email: 'nobody@example.com' },
      output: { contact: null },
    },
  ],
  accepted: { 'GET /crm/objects/2026-03/contacts/{contactId}': [404] },
};

const listContactsChanged: ReadSample<HubspotState> = {
  kind: 'read',
  cases: [
    {
      name: 'contacts changed at or after the instant are listed, oldest change first',
      prepare: seeded([nameless, kept]),
      input: { since: '2026-11-20T08:00:00.123Z' },
      output: {
        contacts: [
          keptContact,
          { vendorId: '502', lifecycleStage: 'other', updatedAt: '2026-11-21T08:00:00.000Z' },
        ],
        cursor: null,
      },
    },
    {
      name: 'contacts changed before the instant are not listed',
      prepare: seeded([nameless, kept]),
      input: { since: '2026-11-20T09:00:00.124+01:00' },
      output: {
        contacts: [{ vendorId: '502', lifecycleStage: 'other', updatedAt: '2026-11-21T08:00:00.000Z' }],
        cursor: null,
      },
    },
  ],
  paging: {
    // 250 imported in one instant (more than two pages), 150 changed one by one.
    prepare: seeded(
      Array.from({ length: 400 }, (_, index) => ({
        contact: {
          id: String(1000 + index),
          properties: { email: `contact-${index}@example.com` },
          updatedAt: new Date(Date.UTC(2026, 10, 1) + Math.max(0, index - 250) * 1000).toISOString(),
        },
      })),
    ),
    input: { since: '2026-11-01T00:00:00Z' },
    items: '/contacts',
    key: '/vendorId',
    count: 400,
    pages: 4,
  },
};

/** One for each operation of the connector. */
export const operationSamples = {
  'contacts.find': findContact,
  'contacts.upsert': upsertContacts,
  'companies.upsert': upsertCompanies,
  'contacts.listChanged': listContactsChanged,
};

function seeded(seeds: Seeds) {
  return (sandbox: { seed(records: Seeds): void }) => sandbox.seed(seeds);
}
