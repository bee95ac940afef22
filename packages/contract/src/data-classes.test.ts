import { expect, test } from 'vitest';
import { z } from 'zod';
import { classifiedFields } from './data-classes.ts';
import { crm, domainEvents } from './domains/index.ts';
import { jsonSchemaOf } from './manifest-of.ts';

const personal = z.string().meta({ data: 'personal' });
const regulated = z.string().meta({ data: 'regulated' });

function fieldsOf(schema: z.ZodType) {
  return classifiedFields(jsonSchemaOf(schema));
}

test('classifiedFields: nested, optional, nullable and in lists', () => {
  const schema = z.strictObject({
    email: personal.optional(),
    plain: z.string(),
    tax: z.strictObject({ number: regulated.nullable() }),
    people: z.array(z.strictObject({ name: personal })),
  });
  expect(fieldsOf(schema)).toEqual([
    { pointer: '/email', data: 'personal' },
    { pointer: '/tax/number', data: 'regulated' },
    { pointer: '/people/*/name', data: 'personal' },
  ]);
});

test('classifiedFields: values of a record, places of a tuple, every branch of a union', () => {
  expect(fieldsOf(z.strictObject({ extra: z.record(z.string(), personal) }))).toEqual([
    { pointer: '/extra/*', data: 'personal' },
  ]);
  expect(fieldsOf(z.tuple([z.number(), personal]))).toEqual([{ pointer: '/1', data: 'personal' }]);
  expect(fieldsOf(z.union([z.strictObject({ a: personal }), z.strictObject({ b: regulated })]))).toEqual([
    { pointer: '/a', data: 'personal' },
    { pointer: '/b', data: 'regulated' },
  ]);
});

test('classifiedFields: a field that two branches share is told once', () => {
  expect(
    fieldsOf(z.union([z.strictObject({ kind: z.literal(1), a: personal }), z.strictObject({ a: personal })])),
  ).toEqual([{ pointer: '/a', data: 'personal' }]);
});

test('classifiedFields: a whole object may be classified, and names are escaped', () => {
  const whole = z.strictObject({ 'a/b~c': z.strictObject({ x: z.string() }).meta({ data: 'secret' }) });
  expect(fieldsOf(whole)).toEqual([{ pointer: '/a~1b~0c', data: 'secret' }]);
});

test('classifiedFields: a class that does not exist, or no schema at all, is nothing', () => {
  expect(fieldsOf(z.string().meta({ data: 'private' }))).toEqual([]);
  for (const schema of [null, undefined, true, 'x', 1, []]) expect(classifiedFields(schema)).toEqual([]);
});

test('the domains classify every e-mail address, name and phone number that they hold', () => {
  expect(fieldsOf(crm.contacts.upsert.record).map(({ pointer }) => pointer)).toEqual([
    '/email',
    '/firstName',
    '/lastName',
    '/phone',
  ]);
  for (const { type, schema } of domainEvents) {
    const pointers = fieldsOf(schema).map(({ pointer }) => pointer);
    expect([type, pointers.some((pointer) => pointer.endsWith('/email'))]).toEqual([type, true]);
  }
});
