import { expect, test } from 'vitest';
import { z } from 'zod';
import { billing, crm } from './domains/index.ts';
import { ConfigurationError } from './errors.ts';
import { idempotencyKey, lookup, naturalKey, none } from './guarantees.ts';
import { defineOperation, implement, type WriteImplementation } from './operations.ts';

const calls = { scopes: [], reads: [], source: 'https://vendor.example/docs' } as const;
const write = { ...calls, writes: ['POST /a'], run: async () => [] } as const;

test('implement: the operation is called as in the domain, without the domain', () => {
  const operation = implement(crm.contacts.upsert, { ...write, guarantee: naturalKey('email') });
  expect(operation).toMatchObject({
    kind: 'write',
    name: 'contacts.upsert',
    implements: 'crm.contacts.upsert',
    resource: 'crm.contacts',
    impact: 'write',
    reach: 1,
    naturalKey: [{ pointer: '/email', canonical: 'email' }],
  });
  expect(Object.isFrozen(operation)).toBe(true);
});

test('implement: a read keeps the domain’s schemas', () => {
  const operation = implement(crm.contacts.find, {
    ...calls,
    run: async () => ({ contact: null }),
  });
  expect(operation).toMatchObject({ kind: 'read', name: 'contacts.find', input: crm.contacts.find.input });
});

const search = lookup('metadata.reference', { lagSeconds: 60 });

test.each([
  ['alone', search],
  ['at the end of a chain', idempotencyKey({ header: 'K', hours: 24, then: search })],
])('implement: who promises a look-up, %s, implements it', (_where, guarantee) => {
  const how: WriteImplementation<unknown> = { ...write, guarantee };
  expect(() => implement(billing.refunds.create, how)).toThrow(ConfigurationError);
  expect(() => implement(billing.refunds.create, how)).toThrow(/refunds\.create promises a lookup/);
  expect(implement(billing.refunds.create, { ...how, lookup: async () => [] }).name).toBe('refunds.create');
});

test('defineOperation: a vendor’s own verb implements nothing of a domain', () => {
  const operation = defineOperation({
    kind: 'write',
    name: 'workflows.enroll',
    summary: 'Enrols a contact.',
    resource: 'workflows',
    record: z.strictObject({ id: z.string() }),
    naturalKey: [{ pointer: '/id', canonical: 'exact' }],
    impact: 'message',
    guarantee: none(),
    ...write,
  });
  expect(operation).toMatchObject({ name: 'workflows.enroll', implements: undefined, reach: 1 });
});
