import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigurationError } from './errors.ts';
import { cloudEventSchema, defineEvent, parseEventType } from './events.ts';
import { parseJson, stringifyJson } from './json.ts';

const schema = z.strictObject({ amount: z.string() });

test('defineEvent: the type is name and version', () => {
  const event = defineEvent({
    name: 'billing.quote-sent',
    version: 2,
    summary: 'A quote was sent.',
    schema,
    example: { amount: '1' },
    upcast: () => ({ amount: '0' }),
  });
  expect(event).toMatchObject({
    kind: 'event-type',
    type: 'billing.quote-sent.v2',
    example: { amount: '1' },
  });
  expect(event.upcast?.({})).toEqual({ amount: '0' });
  expect(Object.isFrozen(event)).toBe(true);
});

test.each([
  'Billing.quote',
  'quote',
  'billing.',
  '.quote',
  'billing.Quote',
  'billing quote',
  'billing.-x',
  '',
])('defineEvent: the name %j is refused', (name) => {
  expect(() => defineEvent({ name, version: 1, summary: 'x', schema, example: { amount: '1' } })).toThrow(
    ConfigurationError,
  );
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'defineEvent: version %s is refused',
  (version) => {
    expect(() =>
      defineEvent({ name: 'billing.quote-sent', version, summary: 'x', schema, example: { amount: '1' } }),
    ).toThrow(/version must be 1 or more/);
  },
);

test('defineEvent: an example that is not valid is refused, with its place', () => {
  expect(() =>
    defineEvent({
      name: 'billing.quote-sent',
      version: 1,
      summary: 'x',
      schema,
      example: { amount: 1 } as never,
    }),
  ).toThrow(/billing\.quote-sent: the example is not valid:[^]*amount/);
});

test.each([
  ['billing.invoice-paid.v1', { name: 'billing.invoice-paid', version: 1 }],
  ['a.b.c-d.v12', { name: 'a.b.c-d', version: 12 }],
])('parseEventType: %s', (type, parsed) => {
  expect(parseEventType(type)).toEqual(parsed);
});

test.each([
  'billing.invoice-paid',
  'billing.invoice-paid.v0',
  'billing.invoice-paid.v01',
  'billing.v1',
  'x.y.v1.5',
  'X.y.v1',
  'a.b.v9999999',
  ' a.b.v1',
  'a.b.v1\n',
])('parseEventType: %j is no event type', (type) => {
  expect(parseEventType(type)).toBeUndefined();
});

const envelope = { specversion: '1.0', id: 'a', source: '/s', type: 'a.b.v1' };

test('cloudEventSchema: numbers in the data keep their digits', () => {
  const text =
    '{"specversion":"1.0","id":"a","source":"/s","type":"a.b.v1","data":{"price":100.10,"id":12345678901234567890}}';
  expect(stringifyJson(cloudEventSchema.parse(parseJson(text)))).toBe(text);
});

test('cloudEventSchema: extension attributes stay, data may be anything or absent', () => {
  expect(cloudEventSchema.parse({ ...envelope, traceparent: '00-1' })).toEqual({
    ...envelope,
    traceparent: '00-1',
  });
  for (const data of [null, 0, '', [], {}]) {
    expect(cloudEventSchema.parse({ ...envelope, data })).toEqual({ ...envelope, data });
  }
});

test.each([
  ['specversion', '0.3'],
  ['specversion', undefined],
  ['id', ''],
  ['id', 7],
  ['id', 'x'.repeat(513)],
  ['source', ''],
  ['type', undefined],
  ['time', 'yesterday'],
  ['time', '2026-11-24 10:00:00Z'],
  ['subject', 'x'.repeat(1025)],
])('cloudEventSchema: %s %j is refused', (name, value) => {
  const parsed = cloudEventSchema.safeParse({ ...envelope, [name]: value });
  expect(parsed.error?.issues.map(({ path }) => path)).toEqual([[name]]);
});
