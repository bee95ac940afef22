import { expect, test } from 'vitest';
import { createExpiringCache } from './expiring-cache.ts';

function cacheOf(maxEntries = 10) {
  let now = 0;
  const asked: string[] = [];
  // The wall clock has no say: it may be set back at any time.
  const clock = { now: () => new Date(-now), monotonicMs: () => now };
  const cache = createExpiringCache<string>({ clock, ttlMs: 100, maxEntries });
  const get = (key: string) =>
    cache.get(key, async () => {
      asked.push(key);
      if (key === 'fails') throw new Error('not now');
      return `${key} at ${now}`;
    });
  return { cache, get, asked, later: (ms: number) => (now += ms) };
}

test('an answer is asked for once, also by callers that come at the same time', async () => {
  const { get, asked, later } = cacheOf();
  expect(await Promise.all([get('a'), get('a')])).toEqual(['a at 0', 'a at 0']);
  later(99);
  expect(await get('a')).toBe('a at 0');
  expect(asked).toEqual(['a']);
});

test('an answer that is too old is asked for again', async () => {
  const { get, later } = cacheOf();
  await get('a');
  later(100);
  expect(await get('a')).toBe('a at 100');
});

test('a failure is not kept', async () => {
  const { get, asked } = cacheOf();
  await expect(get('fails')).rejects.toThrow('not now');
  await expect(get('fails')).rejects.toThrow('not now');
  expect(asked).toEqual(['fails', 'fails']);
});

test('the oldest answers go when there are too many', async () => {
  const { get, asked } = cacheOf(2);
  for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await get(key);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});

test('what was cleared is asked for again', async () => {
  const { cache, get, asked } = cacheOf();
  await get('a');
  cache.clear();
  await get('a');
  expect(asked).toEqual(['a', 'a']);
});
