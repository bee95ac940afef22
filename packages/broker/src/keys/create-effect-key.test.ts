import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEffectKey } from './create-effect-key.ts';

const effectKey = createEffectKey(Buffer.alloc(32, 1));

test('an effect key is 64 hex digits, the same for the same parts', () => {
  expect(effectKey(['default', 'crm'])).toMatch(/^[0-9a-f]{64}$/);
  expect(effectKey(['default', 'crm'])).toBe(effectKey(['default', 'crm']));
});

test('another key of the database gives other effect keys', () => {
  expect(createEffectKey(Buffer.alloc(32, 2))(['a'])).not.toBe(effectKey(['a']));
});

test('no two lists of parts share an effect key, however the text is cut', () => {
  const lists = fc.array(fc.string(), { maxLength: 6 });
  fc.assert(
    fc.property(lists, lists, (a, b) => {
      expect(effectKey(a) === effectKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
  expect(effectKey(['ab', 'c'])).not.toBe(effectKey(['a', 'bc']));
  expect(effectKey(['ab'])).not.toBe(effectKey(['ab', '']));
});
