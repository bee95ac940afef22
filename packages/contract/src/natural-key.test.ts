import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ValidationError } from './errors.ts';
import { parseJson } from './json.ts';
import { canonicalEmail, canonicalText, naturalKeyOf } from './natural-key.ts';

/** Text of any code points, surrogates apart; fast-check's own `binary` strings take seconds to set up. */
const anyText = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })), {
    maxLength: 20,
  })
  .map((points) => String.fromCodePoint(...points));

const email = [{ pointer: '/email', canonical: 'email' }] as const;
const pair = [
  { pointer: '/a', canonical: 'text' },
  { pointer: '/b', canonical: 'exact' },
] as const;

test('naturalKeyOf: an address is one key however it is written', () => {
  for (const text of ['ada@example.com', ' Ada@Example.COM\n', 'ADA@EXAMPLE.COM']) {
    expect(naturalKeyOf(email, { email: text })).toBe('ada@example.com');
  }
  // é composed and é decomposed
  expect(naturalKeyOf(email, { email: 'R\u00c9NE@example.com' })).toBe(
    naturalKeyOf(email, { email: 're\u0301ne@example.com' }),
  );
});

test('canonical forms are their own canonical forms', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const [mail, free] = [canonicalEmail(text), canonicalText(text)];
      return canonicalEmail(mail) === mail && canonicalText(free) === free;
    }),
    // H with a line below has no capital of its own: lower case composes it.
    { numRuns: 2000, examples: [['H\u0331@example.com']] },
  );
});

test('naturalKeyOf: text keeps its case, exact keeps everything', () => {
  expect(naturalKeyOf(pair, { a: ' Ref 1 ', b: ' x ' })).toBe('Ref 1: x ');
});

test('naturalKeyOf: different parts never make one key', () => {
  const part = fc.string({ minLength: 1 }).filter((text) => text.trim() !== '');
  fc.assert(
    fc.property(part, part, part, part, (a, b, c, d) => {
      const exact = [
        { pointer: '/a', canonical: 'exact' },
        { pointer: '/b', canonical: 'exact' },
      ] as const;
      const same = a === c && b === d;
      return (naturalKeyOf(exact, { a, b }) === naturalKeyOf(exact, { a: c, b: d })) === same;
    }),
    {
      numRuns: 2000,
      examples: [
        ['a:b', 'c', 'a', 'b:c'],
        ['a%3A', 'c', 'a:', 'c'],
      ],
    },
  );
});

test('naturalKeyOf: a number is a key by its digits', () => {
  expect(
    naturalKeyOf([{ pointer: '/id', canonical: 'exact' }], parseJson('{"id":12345678901234567890}')),
  ).toBe('12345678901234567890');
});

test.each([[{}], [{ email: '' }], [{ email: '   ' }], [{ email: null }], [{ email: {} }], [null]])(
  'naturalKeyOf: %j has no key, and the error says where',
  (record) => {
    const error = catchError(() => naturalKeyOf(email, record));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ path: '/email', retry: 'never' });
  },
);

function catchError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
