import { expect, test } from 'vitest';
import { parseEventType } from '../events.ts';
import { jsonSchemaOf } from '../manifest-of.ts';
import { canonicalEmail, naturalKeyOf } from '../natural-key.ts';
import { billing, crm, domainEvents, domainOperations, support } from './index.ts';

test('every event type has an example that survives JSON, a schema as data, and a name of its domain', () => {
  const types = domainEvents.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
  for (const { schema, example, name, version, type } of domainEvents) {
    expect(schema.parse(JSON.parse(JSON.stringify(example)))).toEqual(example);
    expect(jsonSchemaOf(schema)).toMatchObject({ type: 'object', additionalProperties: false });
    expect(parseEventType(type)).toEqual({ name, version });
    expect(name).toMatch(/^(crm|billing|support)\./);
  }
});

test('every operation is told as data, under a name of its own', () => {
  const names = domainOperations.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const operation of domainOperations) {
    expect(operation.name).toMatch(/^(crm|billing|support)(\.[a-z][a-zA-Z]*){2}$/);
    const schemas = operation.kind === 'read' ? [operation.input, operation.output] : [operation.record];
    for (const schema of schemas) {
      expect(jsonSchemaOf(schema)).toMatchObject({ type: 'object', additionalProperties: false });
    }
  }
});

test('every natural key is a required field of its record', () => {
  for (const operation of domainOperations) {
    if (operation.kind === 'read') continue;
    const { properties, required } = jsonSchemaOf(operation.record) as {
      properties: Record<string, unknown>;
      required: string[];
    };
    for (const { pointer } of operation.naturalKey) {
      expect(properties).toHaveProperty(pointer.slice(1));
      expect(required).toContain(pointer.slice(1));
    }
  }
});

test('domainEvents and domainOperations hold everything that the domains export', () => {
  const found = (value: unknown): unknown[] => {
    if (typeof value !== 'object' || value === null) return [];
    return 'kind' in value ? [value] : Object.values(value).flatMap(found);
  };
  const all = [crm, billing, support].flatMap(found);
  expect(new Set(all)).toEqual(new Set([...domainEvents, ...domainOperations]));
});

test.each([
  ['crm.contacts', crm.contacts.upsert, { email: ' Ada@Example.com ' }, 'ada@example.com'],
  ['billing.customers', billing.customers.upsert, { email: 'ADA@example.com' }, 'ada@example.com'],
  ['support.users', support.users.upsert, { email: 'ada@example.com', name: 'Ada' }, 'ada@example.com'],
  ['crm.companies', crm.companies.upsert, { domain: 'Example.COM' }, 'example.com'],
  ['support.tickets', support.tickets.upsert, { externalId: ' invoice-7 ' }, 'invoice-7'],
  ['billing.refunds', billing.refunds.create, { reference: 'R-1' }, 'R-1'],
])('%s: the same person or thing has the same key at every vendor', (_resource, operation, record, key) => {
  expect(naturalKeyOf(operation.naturalKey, record)).toBe(key);
});

test('money moves, messages and removals say so', () => {
  const impacts = domainOperations.map((operation) => [
    operation.name,
    operation.kind === 'write' ? operation.impact : 'read',
  ]);
  expect(Object.fromEntries(impacts)).toMatchObject({
    'billing.refunds.create': 'money',
    'support.comments.create': 'message',
    'crm.contacts.erase': 'delete',
    'crm.contacts.upsert': 'write',
    'billing.invoices.get': 'read',
  });
});

test('crm.contacts.find: by address or by vendor id, never both and never neither', () => {
  const { input } = crm.contacts.find;
  expect(input.safeParse({ email: canonicalEmail('Ada@example.com') }).success).toBe(true);
  expect(input.safeParse({ vendorId: '501' }).success).toBe(true);
  expect(input.safeParse({}).success).toBe(false);
  expect(input.safeParse({ email: 'ada@example.com', vendorId: '501' }).success).toBe(false);
});
