import { classifyAnswer } from '@onceover/contract';
import { expect, test } from 'vitest';
import { hubspotAnswers, hubspotErrorSchema, recordError } from './hubspot-errors.ts';

test.each([
  ['VALIDATION_ERROR', 'ValidationError', 'never'],
  ['OBJECT_NOT_FOUND', 'NotFoundError', 'never'],
  ['CONFLICT', 'ConflictError', 'never'],
  ['MISSING_SCOPES', 'ScopeError', 'never'],
  ['RATE_LIMITS', 'RateLimitError', 'later'],
  ['SOMETHING_NEW', 'UpstreamError', 'later'],
])('a record’s error of category %s is %s', (category, errorClass, retry) => {
  expect(recordError({ category, message: 'in HubSpot’s words' })).toMatchObject({
    class: errorClass,
    code: category.toLowerCase(),
    message: 'HubSpot refused the record: in HubSpot’s words',
    retry,
  });
});

test('an API error is told in HubSpot’s words before OAuth’s', () => {
  const words = (body: object) =>
    classifyAnswer(hubspotAnswers, { status: 400, headers: {}, body: JSON.stringify(body) }, new Date())
      ?.message;
  expect(words({ message: 'ours', error_description: 'theirs' })).toMatch(/: ours$/);
  expect(words({ error_description: 'theirs' })).toMatch(/: theirs$/);
});

test('a record’s error without any field is still one', () => {
  for (const error of [
    {},
    { category: null, message: null, context: null },
    { context: { objectWriteTraceId: null } },
  ]) {
    expect(recordError(hubspotErrorSchema.parse(error))).toMatchObject({
      class: 'UpstreamError',
      code: 'unknown',
      message: 'HubSpot refused the record: unknown',
    });
  }
});

test('a record’s error is no longer than 500 characters', () => {
  const error = hubspotErrorSchema.parse({ category: 'CONFLICT', message: 'x'.repeat(1000) });
  expect(recordError(error).message).toMatch(/^HubSpot refused the record: x+$/);
  expect(recordError(error).message).toHaveLength(500);
});

test('a locked record (423) and an account that is being moved (477) pass by themselves', () => {
  for (const status of [423, 477]) {
    const answer = { status, headers: { 'retry-after': '3' }, body: '{"message":"wait"}' };
    expect(classifyAnswer(hubspotAnswers, answer, new Date())).toMatchObject({
      name: 'RateLimitError',
      retry: { afterMs: 3000 },
    });
  }
});
