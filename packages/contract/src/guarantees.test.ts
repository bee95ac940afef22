import { expect, test } from 'vitest';
import {
  conditional,
  type Guarantee,
  guaranteeAt,
  guaranteeClass,
  guaranteeSchema,
  idempotencyKey,
  lookup,
  lookupOf,
  naturalKey,
  none,
} from './guarantees.ts';

const search = lookup('metadata.external_id', { lagSeconds: 60 });
const keyThenSearch = idempotencyKey({ header: 'Idempotency-Key', hours: 24, then: search });
const keyAlone = idempotencyKey({ header: 'Idempotency-Key', hours: 24 });
const chain = idempotencyKey({ header: 'A', hours: 1, then: keyThenSearch });

test.each<[string, Guarantee, number, string]>([
  ['a natural key', naturalKey('email'), 0, 'A'],
  ['a natural key, a year later', naturalKey('email'), 8760, 'A'],
  ['a conditional write', conditional('If-Match'), 0, 'A'],
  ['a look-up', search, 0, 'B'],
  ['nothing', none(), 0, 'C'],
  ['a key within its life', keyAlone, 23.99, 'A'],
  ['a key past its life', keyAlone, 24, 'C'],
  ['a key, then a look-up: within', keyThenSearch, 0, 'A'],
  ['a key, then a look-up: past', keyThenSearch, 24, 'B'],
  ['two keys: the second', chain, 1.5, 'A'],
  ['two keys: past both', chain, 30, 'B'],
])('guaranteeClass: %s', (_what, guarantee, ageHours, expected) => {
  expect(guaranteeClass(guarantee, ageHours)).toBe(expected);
});

test('guaranteeAt: what holds now, link by link', () => {
  expect(guaranteeAt(chain, 0)).toBe(chain);
  expect(guaranteeAt(chain, 1)).toBe(keyThenSearch);
  expect(guaranteeAt(chain, 24)).toBe(search);
  expect(guaranteeAt(keyAlone, 24)).toEqual(none());
});

test('lookupOf: found anywhere in the chain, or not at all', () => {
  expect(lookupOf(search)).toBe(search);
  expect(lookupOf(chain)).toBe(search);
  for (const guarantee of [keyAlone, naturalKey('x'), conditional('If-Match'), none()]) {
    expect(lookupOf(guarantee)).toBeUndefined();
  }
});

test('guaranteeSchema: what the functions make is valid data, chains included', () => {
  for (const guarantee of [chain, keyAlone, search, naturalKey('email'), conditional('If-Match'), none()]) {
    expect(guaranteeSchema.parse(JSON.parse(JSON.stringify(guarantee)))).toEqual(
      JSON.parse(JSON.stringify(guarantee)),
    );
  }
});

test.each([
  { kind: 'idempotencyKey', header: '', hours: 24 },
  { kind: 'idempotencyKey', header: 'K', hours: 0 },
  { kind: 'idempotencyKey', header: 'K', hours: 24, then: { kind: 'magic' } },
  { kind: 'lookup', field: 'x', lagSeconds: -1 },
  { kind: 'lookup', field: 'x' },
  { kind: 'naturalKey', field: '' },
  { kind: 'none', extra: 1 },
  { kind: 'exactlyOnce' },
])('guaranteeSchema: %j is refused', (guarantee) => {
  expect(guaranteeSchema.safeParse(guarantee).success).toBe(false);
});
