import { ValidationError } from '@onceover/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeForm } from './encode-form.ts';
import { decodeForm } from './testing/guard/decode-form.ts';

test('encodeForm: nested objects and arrays become bracketed names, in the order of the fields', () => {
  expect(
    encodeForm({
      email: 'a@b.c',
      metadata: { key: 'v', deep: { x: 1n } },
      items: [{ id: 1 }, { id: 2 }],
      off: false,
    }),
  ).toEqual([
    ['email', 'a@b.c'],
    ['metadata[key]', 'v'],
    ['metadata[deep][x]', '1'],
    ['items[0][id]', '1'],
    ['items[1][id]', '2'],
    ['off', 'false'],
  ]);
});

test('encodeForm: undefined is left out, null clears', () => {
  expect(encodeForm({ a: undefined, b: null, c: [] })).toEqual([['b', '']]);
});

test('encodeForm: a number that would lose digits is refused', () => {
  for (const amount of [0.1, 2 ** 53, Number.NaN]) {
    expect(() => encodeForm({ amount })).toThrow(ValidationError);
  }
});

test('decodeForm gives back what encodeForm took', () => {
  const name = fc.stringMatching(/^[a-z_]{1,8}$/).filter((text) => text !== '__proto__');
  const value = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.dictionary(name, tie('node'), { minKeys: 1, maxKeys: 3 }),
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    ),
  })).node;
  fc.assert(
    fc.property(fc.dictionary(name, value, { minKeys: 1, maxKeys: 3 }), (fields) => {
      const pairs = encodeForm(fields as Parameters<typeof encodeForm>[0]);
      const body = new URLSearchParams(pairs.map(([key, text]) => [key, text])).toString();
      expect(decodeForm(body)).toEqual({ ...fields });
    }),
    { numRuns: 200 },
  );
});
