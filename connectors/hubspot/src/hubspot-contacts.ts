import { canonicalEmail, type Contact, type JsonValue, type StoredContact } from '@onceover/contract';
import { z } from 'zod';
import { type HubspotProperties, recordIdSchema, toProperties } from './hubspot-properties.ts';

export const contactsPath = '/crm/objects/2026-03/contacts';

/** What is asked for of a contact, and nothing more. */
export const contactProperties = [
  'email',
  'firstname',
  'lastname',
  'phone',
  'company',
  'lifecyclestage',
  'lastmodifieddate',
] as const;

/** @see https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts/basic/get-contact */
export const contactAnswerSchema = z.object({
  id: recordIdSchema,
  properties: z.record(z.string(), z.string().nullish()),
  updatedAt: z.string().nullish(),
});
export type ContactAnswer = z.infer<typeof contactAnswerSchema>;

type LifecycleStage = NonNullable<Contact['lifecycleStage']>;

/** HubSpot's words for how far a contact has come. */
const toHubspotStage: Readonly<Record<LifecycleStage, string>> = {
  subscriber: 'subscriber',
  lead: 'lead',
  'marketing-qualified': 'marketingqualifiedlead',
  'sales-qualified': 'salesqualifiedlead',
  opportunity: 'opportunity',
  customer: 'customer',
  other: 'other',
};
const fromHubspotStage = new Map(
  // The keys of the object above, and no others.
  Object.entries(toHubspotStage).map(([ours, hubspot]) => [hubspot, ours as LifecycleStage]),
);

/** Our word for a stage; `other` for the account's own stages. */
export function readStage(stage: string): LifecycleStage {
  return fromHubspotStage.get(stage) ?? 'other';
}

/** A contact as HubSpot's properties. Absent fields stay as they are there. */
export function contactToProperties(contact: Contact): HubspotProperties {
  const { email, firstName, lastName, phone, companyName, lifecycleStage, vendor } = contact;
  return toProperties(
    {
      email: canonicalEmail(email),
      firstname: firstName,
      lastname: lastName,
      phone,
      company: companyName,
      lifecyclestage: lifecycleStage && toHubspotStage[lifecycleStage],
    },
    vendor,
  );
}

const emailSchema = z.string().transform(canonicalEmail).pipe(z.email().max(320));

/** HubSpot's contact as ours. What does not fit (an address that is none, an empty name) is left out. */
export function contactFromAnswer({ id, properties, updatedAt }: ContactAnswer): StoredContact {
  const email = emailSchema.safeParse(properties['email']).data;
  const stage = properties['lifecyclestage'] ?? '';
  const changedAt = instantOf(properties['lastmodifieddate']) ?? instantOf(updatedAt);
  return {
    vendorId: id,
    ...(email === undefined ? {} : { email }),
    ...textOf('firstName', properties['firstname'], 1, 255),
    ...textOf('lastName', properties['lastname'], 1, 255),
    ...textOf('phone', properties['phone'], 3, 64),
    ...textOf('companyName', properties['company'], 1, 255),
    ...(stage === '' ? {} : { lifecycleStage: readStage(stage) }),
    ...(changedAt === undefined ? {} : { updatedAt: changedAt }),
  };
}

function textOf<Name extends string>(
  name: Name,
  value: string | null | undefined,
  shortest: number,
  longest: number,
): { [Key in Name]?: string } {
  const text = (value ?? '').trim().slice(0, longest);
  // A computed key widens to string; the object has this one key.
  return text.length < shortest ? {} : ({ [name]: text } as { [Key in Name]?: string });
}

/** RFC 3339 in UTC; undefined for what is no time. */
export function instantOf(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
