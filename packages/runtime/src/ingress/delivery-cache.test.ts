import { expect, test } from 'vitest';
import { createDeliveryCache, type ParsedDelivery } from './delivery-cache.ts';

const parsed = (text: string): ParsedDelivery => ({ items: [text], headers: {} });

function cacheOf(options: { maxBytes?: number } = {}) {
  let now = 0;
  const cache = createDeliveryCache({ clock: { monotonicMs: () => now }, ...options });
  const put = (hookId: string, id: string, bytes = 10) => cache.put(hookId, id, parsed(id), bytes);
  const ids = (hookId: string, limit = 100) => [...cache.snapshot(hookId, limit).keys()];
  return { cache, put, ids, later: (ms: number) => (now += ms) };
}

test('delivery cache: it gives the oldest of a hook, as it was put, until it is dropped', () => {
  const { cache, put, ids } = cacheOf();
  for (const id of ['a', 'b', 'c']) put('crm', id);
  put('other', 'x');
  expect(cache.snapshot('crm', 2)).toEqual(
    new Map([
      ['a', parsed('a')],
      ['b', parsed('b')],
    ]),
  );
  cache.drop('crm', 'a');
  cache.drop('crm', 'nothing');
  expect(ids('crm')).toEqual(['b', 'c']);
  expect(ids('other')).toEqual(['x']);
});

test('delivery cache: a snapshot stays as it was', () => {
  const { cache, put } = cacheOf();
  put('crm', 'a');
  const snapshot = cache.snapshot('crm', 10);
  cache.drop('crm', 'a');
  expect(snapshot.size).toBe(1);
});

test('delivery cache: it holds no more than it may weigh, and takes more when something is dropped', () => {
  const { cache, put, ids } = cacheOf({ maxBytes: 10_000 });
  put('crm', 'a', 1000);
  put('crm', 'b', 1000);
  put('crm', 'a', 1000);
  expect(ids('crm')).toEqual(['a']);
  put('crm', 'small', 100);
  expect(ids('crm')).toEqual(['a', 'small']);
  cache.drop('crm', 'a');
  put('crm', 'b', 1000);
  expect(ids('crm')).toEqual(['small', 'b']);
});

test('delivery cache: what nobody has read in time is let go, whichever hook it is of', () => {
  const { put, ids, later } = cacheOf({ maxBytes: 10_000 });
  put('crm', 'a', 1000);
  later(20_000);
  put('crm', 'b', 500);
  later(10_000);
  put('other', 'x', 1000);
  expect(ids('crm')).toEqual(['b']);
  expect(ids('other')).toEqual(['x']);
});

test('delivery cache: a hook that another runner reads is let go', () => {
  const { cache, put, ids } = cacheOf({ maxBytes: 10_000 });
  put('crm', 'a', 1000);
  cache.dropHook('crm');
  put('other', 'x', 1000);
  expect([ids('crm'), ids('other')]).toEqual([[], ['x']]);
});
