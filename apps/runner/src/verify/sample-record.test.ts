import { billing, crm, support } from '@onceover/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sampleOf } from './sample-record.ts';

const schemas: readonly (readonly [string, z.ZodType])[] = [
  crm.contacts.upsert,
  crm.companies.upsert,
  billing.customers.upsert,
  billing.refunds.create,
  support.users.upsert,
  support.tickets.upsert,
  support.comments.create,
].map(({ name, record }) => [name, record] as const);

test.each(schemas)('sample: a record of %s is valid, and another number makes another one', (_, schema) => {
  const json = z.toJSONSchema(schema, { unrepresentable: 'any' }) as never;
  const [one, two] = [sampleOf(json, 1), sampleOf(json, 2)];
  expect(schema.safeParse(one)).toMatchObject({ success: true });
  expect(one).not.toEqual(two);
});

test('sample: required members alone; each kind of JSON; undefined for what cannot be guessed', () => {
  const schema = {
    type: 'object',
    required: ['list', 'count', 'flag', 'kind', 'none', 'choice'],
    properties: {
      list: { type: 'array', minItems: 2, items: { type: 'string', maxLength: 10 } },
      count: { type: 'integer', minimum: 5 },
      flag: { type: 'boolean' },
      kind: { enum: ['a', 'b'] },
      none: { type: 'null' },
      choice: { anyOf: [{ type: 'string', pattern: '^nobody guesses this$' }, { const: 'x' }] },
      optional: { type: 'string' },
    },
  };
  expect(sampleOf(schema, 7)).toEqual({
    list: ['verify-7', 'verify-7'],
    count: 5,
    flag: false,
    kind: 'a',
    none: null,
    choice: 'x',
  });
  expect(sampleOf({ type: 'string', pattern: '^nobody guesses this$' }, 1)).toBeUndefined();
  expect(sampleOf({ type: 'string', format: 'ipv4' }, 1)).toBeUndefined();
  expect(sampleOf({ $ref: '#/elsewhere' }, 1)).toBeUndefined();
  expect(sampleOf(true, 1)).toBeUndefined();
});
