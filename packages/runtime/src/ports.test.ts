import { expect, test } from 'vitest';
import { createRandomness } from './ports.ts';

test('randomness: its ids are UUIDs of version 7 that sort in the order they were made', () => {
  const { uuid } = createRandomness();
  const ids = Array.from({ length: 2000 }, uuid);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(2000);
  for (const id of ids.slice(0, 20)) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
