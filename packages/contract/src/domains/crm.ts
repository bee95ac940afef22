import { z } from 'zod';
import { defineEvent } from '../events.ts';
import { moneySchema } from '../money.ts';
import { defineDomainRead, defineDomainWrite } from '../operations.ts';
import {
  emailSchema,
  instantSchema,
  personNameSchema,
  phoneSchema,
  vendorFieldsSchema,
  vendorIdSchema,
} from './fields.ts';

export const lifecycleStageSchema = z.enum([
  'subscriber',
  'lead',
  'marketing-qualified',
  'sales-qualified',
  'opportunity',
  'customer',
  'other',
]);

/** A person, known by e-mail address. Absent fields are left as they are at the vendor. */
export const contactSchema = z.strictObject({
  email: emailSchema,
  firstName: personNameSchema.optional(),
  lastName: personNameSchema.optional(),
  phone: phoneSchema.optional(),
  companyName: z.string().min(1).max(255).optional(),
  lifecycleStage: lifecycleStageSchema.optional(),
  vendor: vendorFieldsSchema.optional(),
});
export type Contact = z.infer<typeof contactSchema>;

/** A contact as the vendor keeps it. */
export const storedContactSchema = contactSchema.partial({ email: true }).extend({
  vendorId: vendorIdSchema,
  /** The vendor's time of the last change: the source version. */
  updatedAt: instantSchema.optional(),
});
export type StoredContact = z.infer<typeof storedContactSchema>;

/** An organisation, known by its domain name. */
export const companySchema = z.strictObject({
  domain: z.string().min(3).max(255),
  name: z.string().min(1).max(255).optional(),
  vendor: vendorFieldsSchema.optional(),
});
export type Company = z.infer<typeof companySchema>;

/** An opportunity, known by our own reference. */
export const dealSchema = z.strictObject({
  reference: z.string().min(1).max(255),
  name: z.string().min(1).max(255),
  amount: moneySchema.optional(),
  stage: z.string().min(1).optional(),
  contactEmail: emailSchema.optional(),
  vendor: vendorFieldsSchema.optional(),
});
export type Deal = z.infer<typeof dealSchema>;

const emailKey = [{ pointer: '/email', canonical: 'email' }] as const;

const contactChanged = defineEvent({
  name: 'crm.contact-changed',
  version: 1,
  summary: 'A contact was created, changed, merged or removed at the CRM.',
  schema: z.strictObject({
    contact: storedContactSchema,
    change: z.enum(['created', 'updated', 'merged', 'removed', 'restored']),
    /** Names of the changed fields, in the vendor's words; empty when not told. */
    fields: z.array(z.string()),
  }),
  example: {
    contact: {
      vendorId: '501',
      email: 'ada@example.com',
      firstName: 'Ada',
      updatedAt: '2026-11-24T10:00:00Z',
    },
    change: 'updated',
    fields: ['firstname'],
  },
});

const leadQualified = defineEvent({
  name: 'crm.lead-qualified',
  version: 1,
  summary: 'A contact became a marketing or sales qualified lead.',
  schema: z.strictObject({
    contact: storedContactSchema.extend({ email: emailSchema }),
    stage: z.enum(['marketing-qualified', 'sales-qualified']),
    qualifiedAt: instantSchema,
  }),
  example: {
    contact: { vendorId: '501', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' },
    stage: 'sales-qualified',
    qualifiedAt: '2026-11-24T10:00:00Z',
  },
});

/** Customer relationship management: contacts, companies, deals. */
export const crm = {
  contactChanged,
  leadQualified,
  contacts: {
    find: defineDomainRead({
      name: 'crm.contacts.find',
      summary: 'Finds one contact by e-mail address or vendor id; null when there is none.',
      input: z
        .strictObject({ email: emailSchema.optional(), vendorId: vendorIdSchema.optional() })
        .refine(
          ({ email, vendorId }) => (email === undefined) !== (vendorId === undefined),
          'give email or vendorId',
        ),
      output: z.strictObject({ contact: storedContactSchema.nullable() }),
    }),
    upsert: defineDomainWrite({
      name: 'crm.contacts.upsert',
      summary: 'Creates contacts, or changes those with the same e-mail address.',
      resource: 'crm.contacts',
      record: contactSchema,
      naturalKey: emailKey,
      impact: 'write',
    }),
    listChanged: defineDomainRead({
      name: 'crm.contacts.listChanged',
      summary: 'Lists contacts changed at or after an instant, oldest change first, a page at a time.',
      input: z.strictObject({ since: instantSchema, cursor: z.string().optional() }),
      output: z.strictObject({
        contacts: z.array(storedContactSchema),
        /** Give it back for the next page; null at the end. */
        cursor: z.string().nullable(),
      }),
    }),
    erase: defineDomainWrite({
      name: 'crm.contacts.erase',
      summary: 'Removes a contact and its history for good, as privacy law asks.',
      resource: 'crm.contacts',
      record: z.strictObject({ email: emailSchema }),
      naturalKey: emailKey,
      impact: 'delete',
    }),
  },
  companies: {
    upsert: defineDomainWrite({
      name: 'crm.companies.upsert',
      summary: 'Creates companies, or changes those with the same domain name.',
      resource: 'crm.companies',
      record: companySchema,
      naturalKey: [{ pointer: '/domain', canonical: 'email' }],
      impact: 'write',
    }),
  },
} as const;
