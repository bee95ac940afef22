import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AnswerFacts } from '../manifest.ts';
import {
  type Answer,
  classifyAnswer,
  isReplayed,
  longestRetryAfterMs,
  retryAfterMs,
} from './classify-answer.ts';

const now = new Date('2026-11-24T10:00:00Z');
const facts: AnswerFacts = { message: ['/error/message', '/message', '/description'] };

function answer(status: number, headers: Record<string, string> = {}, body = ''): Answer {
  return { status, headers, body };
}

test.each([200, 201, 202, 204, 207, 299, 304])('classifyAnswer: %i is no error', (status) => {
  expect(classifyAnswer(facts, answer(status, {}, '{"message":"x"}'), now)).toBeUndefined();
});

test.each([
  [400, 'ValidationError', 'never'],
  [401, 'AuthenticationError', 'never'],
  [402, 'ValidationError', 'never'],
  [403, 'ScopeError', 'never'],
  [404, 'NotFoundError', 'never'],
  [405, 'ValidationError', 'never'],
  [408, 'UpstreamError', 'later'],
  [409, 'ConflictError', 'never'],
  [410, 'NotFoundError', 'never'],
  [412, 'ConflictError', 'never'],
  [413, 'ValidationError', 'never'],
  [415, 'ValidationError', 'never'],
  [422, 'ValidationError', 'never'],
  [423, 'ConflictError', 'never'],
  [425, 'UpstreamError', 'later'],
  [429, 'RateLimitError', 'later'],
  [499, 'ValidationError', 'never'],
  [500, 'UpstreamError', 'later'],
  [502, 'UpstreamError', 'later'],
  [503, 'UpstreamError', 'later'],
  [504, 'UpstreamError', 'later'],
  [599, 'UpstreamError', 'later'],
  [100, 'UpstreamError', 'never'],
  [301, 'UpstreamError', 'never'],
  [302, 'UpstreamError', 'never'],
  [307, 'UpstreamError', 'never'],
  [600, 'UpstreamError', 'later'],
])('classifyAnswer: %i is a %s, tried again: %s', (status, name, retry) => {
  expect(classifyAnswer(facts, answer(status), now)).toMatchObject({
    name,
    retry,
    code: `http_${status}`,
    message: `The vendor answered ${status}`,
  });
});

test('classifyAnswer: an upstream error keeps the status', () => {
  expect(classifyAnswer(facts, answer(503), now)).toMatchObject({ status: 503 });
});

test.each([
  ['{"error":{"message":"first"},"message":"second"}', ': first'],
  ['{"error":{"message":""},"message":"second"}', ': second'],
  ['{"error":"flat","description":"third"}', ': third'],
  ['{"error":{"message":{"not":"text"}}}', ''],
  ['{"error":{"message":42}}', ': 42'],
  ['[]', ''],
  ['null', ''],
  ['<html>502</html>', ''],
  ['', ''],
])('classifyAnswer: of the body %s the message says "%s"', (body, words) => {
  expect(classifyAnswer(facts, answer(400, {}, body), now)?.message).toBe(`The vendor answered 400${words}`);
});

test('classifyAnswer: long words are cut', () => {
  const body = JSON.stringify({ message: 'x'.repeat(10_000) });
  expect(classifyAnswer(facts, answer(400, {}, body), now)?.message.length).toBeLessThan(600);
});

test('classifyAnswer: what the manifest calls a rate limit is one, and nothing else of that status', () => {
  const limited: AnswerFacts = {
    message: [],
    rateLimited: [
      { status: 403, pointer: '/0/errorCode', equals: 'REQUEST_LIMIT_EXCEEDED' },
      { status: 400, pointer: '/slow_down' },
      { status: 420 },
    ],
  };
  const nameOf = (status: number, body: string) =>
    classifyAnswer(limited, answer(status, {}, body), now)?.name;
  expect(nameOf(403, '[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]')).toBe('RateLimitError');
  expect(nameOf(403, '[{"errorCode":"INSUFFICIENT_ACCESS"}]')).toBe('ScopeError');
  expect(nameOf(403, 'no JSON')).toBe('ScopeError');
  expect(nameOf(400, '{"slow_down":true}')).toBe('RateLimitError');
  expect(nameOf(400, '{}')).toBe('ValidationError');
  expect(nameOf(420, '')).toBe('RateLimitError');
});

test.each([
  ['absent', undefined, undefined],
  ['0', '0', 0],
  ['seconds', '120', 120_000],
  ['a date to come', 'Tue, 24 Nov 2026 10:00:30 GMT', 30_000],
  ['a date that has passed', 'Tue, 24 Nov 2026 09:59:00 GMT', undefined],
  ['far too many seconds', '999999999', longestRetryAfterMs],
  ['a date in a hundred years', 'Sun, 24 Nov 2126 10:00:00 GMT', longestRetryAfterMs],
  ['digits without end', '9'.repeat(400), longestRetryAfterMs],
  ['a negative number', '-5', undefined],
  ['a fraction', '1.5', undefined],
  ['an exponent', '1e9', undefined],
  ['hexadecimal', '0x10', undefined],
  ['words', 'soon', undefined],
  ['nothing', '', undefined],
  ['infinity', 'Infinity', undefined],
])('Retry-After: %s (%s) makes us wait %s ms', (_what, header, expected) => {
  const headers = header === undefined ? {} : { 'retry-after': header };
  for (const status of [429, 503]) {
    expect(classifyAnswer(facts, answer(status, headers), now)?.retry).toEqual(
      expected === undefined ? 'later' : { afterMs: expected },
    );
  }
  expect(retryAfterMs(facts, answer(429, headers), now)).toBe(expected);
});

test.each([-600, 0, 600])(
  'Retry-After: a date is the vendor’s, also when our clock is off by %s s',
  (offset) => {
    const headers = {
      date: 'Tue, 24 Nov 2026 10:00:00 GMT',
      'retry-after': 'Tue, 24 Nov 2026 10:00:30 GMT',
      'x-reset': String(now.getTime() / 1000 + 30),
    };
    const here = new Date(now.getTime() + offset * 1000);
    expect(retryAfterMs(facts, answer(429, headers), here)).toBe(30_000);
    const resetting: AnswerFacts = { message: [], resetAt: { header: 'X-Reset', unit: 'unix-seconds' } };
    expect(retryAfterMs(resetting, answer(429, { ...headers, 'retry-after': 'soon' }), here)).toBe(30_000);
  },
);

test('Retry-After: says nothing about answers that are not tried again', () => {
  expect(classifyAnswer(facts, answer(422, { 'retry-after': '5' }), now)?.retry).toBe('never');
});

test.each([
  ['unix-seconds', String(now.getTime() / 1000 + 42), 42_000],
  ['unix-seconds', String(now.getTime() / 1000 - 42), undefined],
  ['unix-seconds', '9999999999999', longestRetryAfterMs],
  ['unix-seconds', 'soon', undefined],
  ['seconds', '7', 7000],
  ['seconds', '99999999', longestRetryAfterMs],
] as const)('the vendor’s reset header in %s: %s makes us wait %s ms', (unit, value, expected) => {
  const resetting: AnswerFacts = { message: [], resetAt: { header: 'X-Reset', unit } };
  expect(retryAfterMs(resetting, answer(429, { 'x-reset': value }), now)).toBe(expected);
});

test('Retry-After: wins over the reset header, unless it is absurd', () => {
  const resetting: AnswerFacts = { message: [], resetAt: { header: 'X-Reset', unit: 'seconds' } };
  expect(retryAfterMs(resetting, answer(429, { 'retry-after': '3', 'x-reset': '9' }), now)).toBe(3000);
  expect(retryAfterMs(resetting, answer(429, { 'retry-after': 'soon', 'x-reset': '9' }), now)).toBe(9000);
});

test('Retry-After: no text makes us wait for ever, or less than not at all', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (header) => {
      const afterMs = retryAfterMs(facts, answer(429, { 'retry-after': header }), now) ?? 0;
      return afterMs >= 0 && afterMs <= longestRetryAfterMs;
    }),
    { numRuns: 2000 },
  );
});

test('classifyAnswer: never throws, whatever the body', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 400, max: 599 }), (body, status) => {
      return classifyAnswer(facts, answer(status, {}, body), now) !== undefined;
    }),
    { numRuns: 1000 },
  );
});

test('isReplayed: only when the manifest’s header says so', () => {
  const replaying: AnswerFacts = { message: [], replayed: { header: 'Idempotent-Replayed', equals: 'true' } };
  expect(isReplayed(replaying, answer(500, { 'idempotent-replayed': 'true' }))).toBe(true);
  expect(isReplayed(replaying, answer(500, { 'idempotent-replayed': 'false' }))).toBe(false);
  expect(isReplayed(replaying, answer(500))).toBe(false);
  expect(isReplayed(facts, answer(500, { 'idempotent-replayed': 'true' }))).toBe(false);
});
