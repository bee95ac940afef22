import { expect, test } from 'vitest';
import { seededSample } from './seeded-sample.ts';

const items = Array.from({ length: 100 }, (_, index) => index);

test('sample: the same seed draws the same items, in their own order', () => {
  const drawn = seededSample(items, 10, 7);
  expect(drawn).toHaveLength(10);
  expect(seededSample(items, 10, 7)).toEqual(drawn);
  expect([...drawn].sort((one, other) => one - other)).toEqual(drawn);
  expect(seededSample(items, 10, 8)).not.toEqual(drawn);
});

test('sample: asking for more than there are draws each once', () => {
  expect(seededSample(items, 1000, 1)).toEqual(items);
});
