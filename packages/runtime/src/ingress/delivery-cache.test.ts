import { expect, test } from 'vitest';
import { createDeliveryCache } from './delivery-cache.ts';

const delivery = { items: [{ id: 'evt_1' }], headers: {} };

test('delivery cache: a repeated delivery that drops the entry does not take it from a read under way', () => {
  const cache = createDeliveryCache();
  cache.put('h', 'd1', delivery);
  const reading = cache.snapshot('h', 10);
  cache.drop('h', 'd1');
  expect(reading.get('d1')).toBe(delivery);
  expect(cache.snapshot('h', 10).has('d1')).toBe(false);
});

test('delivery cache: when it is full, the database keeps the rest', () => {
  const cache = createDeliveryCache(1);
  cache.put('h', 'd1', delivery);
  cache.put('h', 'd2', delivery);
  expect([...cache.snapshot('h', 10).keys()]).toEqual(['d1']);
});

test('delivery cache: a hook sees its own, oldest first, and no more than it asks for', () => {
  const cache = createDeliveryCache();
  for (const id of ['d1', 'd2', 'd3']) cache.put('h', id, delivery);
  cache.put('other', 'd4', delivery);
  expect([...cache.snapshot('h', 2).keys()]).toEqual(['d1', 'd2']);
  expect([...cache.snapshot('nobody', 2)]).toEqual([]);
});
