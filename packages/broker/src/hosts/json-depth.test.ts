import { expect, test } from 'vitest';
import { isDeeperThan } from './json-depth.ts';

test.each([
  ['[[[1]]]', 3, false],
  ['[[[1]]]', 2, true],
  ['{"a":{"b":{}}}', 2, true],
  ['"[[[[[["', 2, false],
  ['["\\\\\\"[[[[", 1]', 2, false],
  ['["\\\\\\\\", [[]]]', 2, true],
  ['["never ended [[[[', 2, false],
  ['[],[],[],[]', 1, false],
])('the depth of %j is more than %i: %s', (text, most, expected) => {
  expect(isDeeperThan(text, most)).toBe(expected);
});
