import { expect, test } from 'vitest';
import type { RateLimitHeaders } from '../manifest.ts';
import { longestRetryAfterMs } from './classify-answer.ts';
import { readRateLimit } from './read-rate-limit.ts';

const here = new Date('2026-11-24T10:00:00Z');
const facts: RateLimitHeaders = {
  limit: 'X-Limit',
  remaining: 'X-Remaining',
  reset: { header: 'X-Reset', unit: 'seconds' },
  window: { header: 'X-Window', unit: 'milliseconds' },
};

function read(headers: Record<string, string>, given: RateLimitHeaders = facts) {
  return readRateLimit(given, { status: 200, headers, body: '' }, here);
}

test('readRateLimit: each fact from its header, in its unit', () => {
  const headers = { 'x-limit': '110', 'x-remaining': '0', 'x-reset': '7', 'x-window': '10000' };
  expect(read(headers)).toEqual({ limit: 110, remaining: 0, resetMs: 7000, windowMs: 10_000 });
  expect(read({ 'x-window': '10' }, { window: { header: 'X-Window', unit: 'seconds' } })).toEqual({
    windowMs: 10_000,
  });
});

test('readRateLimit: what is absent, nonsense or no limit at all is not told', () => {
  expect(read({})).toEqual({});
  expect(read({ 'x-limit': '0', 'x-window': '0', 'x-remaining': '-1', 'x-reset': 'soon' })).toEqual({});
  expect(read({ 'x-limit': '1e3', 'x-remaining': '9'.repeat(30) })).toEqual({});
  expect(read({ 'x-limit': '5' }, {})).toEqual({});
});

test.each([
  ['seconds', '3', 3000],
  ['milliseconds', '250', 250],
  ['unix-seconds', String(here.getTime() / 1000 + 42), 42_000],
  ['unix-seconds', String(here.getTime() / 1000 - 42), undefined],
  ['seconds', '99999999', longestRetryAfterMs],
] as const)('readRateLimit: a reset in %s: %s is %s ms away', (unit, value, expected) => {
  expect(read({ 'x-reset': value }, { reset: { header: 'X-Reset', unit } }).resetMs).toBe(expected);
});

test('readRateLimit: a reset is held against the vendor’s own clock', () => {
  const headers = { 'x-reset': String(here.getTime() / 1000 + 30), date: 'Tue, 24 Nov 2026 10:00:20 GMT' };
  expect(read(headers, { reset: { header: 'X-Reset', unit: 'unix-seconds' } }).resetMs).toBe(10_000);
});
