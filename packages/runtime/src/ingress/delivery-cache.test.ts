import { expect, test } from 'vitest';
import { createDeliveryCache } from './delivery-cache.ts';

const delivery = { items: [{ id: 'evt_1' }], headers: {} };

test('delivery cache: a repeated delivery that drops the entry does not take it from a read under way', () => {
  const cache = createDeliveryCache();
  cache.put('d1', delivery);
  const reading = cache.snapshot();
  cache.drop('d1');
  expect(reading.get('d1')).toBe(delivery);
  expect(cache.snapshot().has('d1')).toBe(false);
});

test('delivery cache: when it is full, the database keeps the rest', () => {
  const cache = createDeliveryCache(1);
  cache.put('d1', delivery);
  cache.put('d2', delivery);
  expect([...cache.snapshot().keys()]).toEqual(['d1']);
});
