import { storedContactSchema } from '@onceover/contract';
import { expect, test } from 'vitest';
import {
  contactAnswerSchema,
  contactFromAnswer,
  contactToProperties,
  readStage,
} from './hubspot-contacts.ts';

const stored = (properties: Record<string, string | null>, updatedAt?: string) =>
  contactFromAnswer({ id: '501', properties, updatedAt });

test('a contact’s empty, null and unusable properties are left out', () => {
  const contact = stored({
    email: 'not an address',
    firstname: '  ',
    lastname: null,
    phone: '1',
    company: '',
    lifecyclestage: '',
    lastmodifieddate: 'yesterday',
  });
  expect(contact).toEqual({ vendorId: '501' });
  expect(storedContactSchema.parse(contact)).toEqual(contact);
});

test('a contact’s e-mail address is canonical, its time in UTC, its texts no longer than ours', () => {
  const contact = stored(
    { email: ' Ada@Example.COM ', firstname: 'A'.repeat(300), lastmodifieddate: '2026-11-24T11:00:00+01:00' },
    '2026-01-01T00:00:00Z',
  );
  expect(contact).toEqual({
    vendorId: '501',
    email: 'ada@example.com',
    firstName: 'A'.repeat(255),
    updatedAt: '2026-11-24T10:00:00.000Z',
  });
  expect(storedContactSchema.safeParse(contact).success).toBe(true);
});

test('the longest and shortest texts that fit are kept, longer addresses and shorter phones are not', () => {
  const long = (length: number) => `a@${'b'.repeat(60)}.${'c'.repeat(length - 66)}.co`;
  const fits = { email: long(320), phone: '112', firstname: 'A', lastname: 'B', company: 'C' };
  expect(stored(fits)).toEqual({
    vendorId: '501',
    email: long(320),
    phone: '112',
    firstName: 'A',
    lastName: 'B',
    companyName: 'C',
  });
  expect(storedContactSchema.safeParse(stored(fits)).success).toBe(true);
  expect(stored({ email: long(321), phone: '11' })).toEqual({ vendorId: '501' });
  const tooLong = 'x'.repeat(300);
  expect(stored({ phone: tooLong, lastname: tooLong, company: tooLong })).toEqual({
    vendorId: '501',
    phone: 'x'.repeat(64),
    lastName: 'x'.repeat(255),
    companyName: 'x'.repeat(255),
  });
});

test('without its own time of change a contact has the record’s', () => {
  expect(stored({}, '2026-01-01T00:00:00Z').updatedAt).toBe('2026-01-01T00:00:00.000Z');
});

test.each([
  ['subscriber', 'subscriber'],
  ['lead', 'lead'],
  ['marketing-qualified', 'marketingqualifiedlead'],
  ['sales-qualified', 'salesqualifiedlead'],
  ['opportunity', 'opportunity'],
  ['customer', 'customer'],
  ['other', 'other'],
] as const)('the stage %s goes to HubSpot as %s and comes back', (lifecycleStage, hubspot) => {
  expect(contactToProperties({ email: 'a@b.co', lifecycleStage })).toStrictEqual({
    email: 'a@b.co',
    lifecyclestage: hubspot,
  });
  expect(readStage(hubspot)).toBe(lifecycleStage);
});

test('an account’s own stage is other', () => {
  expect(readStage('123456')).toBe('other');
});

test('HubSpot’s answer may leave a contact’s values, and the time of its change, empty', () => {
  const answer = { id: '5', properties: { firstname: null }, updatedAt: null };
  expect(contactFromAnswer(contactAnswerSchema.parse(answer))).toEqual({ vendorId: '5' });
  expect(contactAnswerSchema.safeParse({ ...answer, id: '' }).success).toBe(false);
  expect(contactAnswerSchema.parse({ id: '5', properties: {}, updatedAt: '2026-01-01T00:00:00Z' })).toEqual({
    id: '5',
    properties: {},
    updatedAt: '2026-01-01T00:00:00Z',
  });
});

test('vendor fields go along as text; null clears; a field that has a place of its own is refused', () => {
  const vendor = { jobtitle: 'Countess', seats: 3, is_vip: true, hs_lead_status: null };
  const properties = contactToProperties({ email: 'a@b.co', vendor });
  // Always in the same order: the same record is the same bytes.
  expect(Object.keys(properties)).toEqual(['email', 'jobtitle', 'seats', 'is_vip', 'hs_lead_status']);
  expect(properties).toStrictEqual({
    email: 'a@b.co',
    jobtitle: 'Countess',
    seats: '3',
    is_vip: 'true',
    hs_lead_status: '',
  });
  for (const name of ['email', 'firstname', 'lastname', 'phone', 'company', 'lifecyclestage']) {
    expect(() => contactToProperties({ email: 'a@b.co', vendor: { [name]: 'x' } })).toThrow(
      expect.objectContaining({ name: 'ValidationError', path: `/vendor/${name}` }),
    );
  }
});
