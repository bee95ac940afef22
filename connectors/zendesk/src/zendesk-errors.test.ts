import { classifyAnswer, isReplayed, UpstreamError, ValidationError } from '@onceover/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { isClosedTicket, readAnswer, readProblem, rejectedRecord, zendeskAnswers } from './zendesk-errors.ts';

const now = new Date('2026-11-24T10:00:00Z');

test.each([
  [{ error: 'RecordNotFound', description: 'Not found' }, 'Not found'],
  [{ error: 'invalid_token', error_description: 'The token expired' }, 'The token expired'],
  [{ error: { title: 'Forbidden', message: 'No access' } }, 'No access'],
  [{ errors: [{ code: 'Forbidden', title: 'Not allowed' }] }, 'Not allowed'],
  [{ error: "Couldn't authenticate you" }, "Couldn't authenticate you"],
])('answers: the words of %j are told', (body, words) => {
  const error = classifyAnswer(zendeskAnswers, { status: 403, headers: {}, body: JSON.stringify(body) }, now);
  expect(error?.message).toBe(`The vendor answered 403: ${words}`);
});

test('answers: without Retry-After the reset header says when to come back', () => {
  const answer = { status: 429, headers: { 'ratelimit-reset': '41' }, body: '' };
  expect(classifyAnswer(zendeskAnswers, answer, now)?.retry).toEqual({ afterMs: 41_000 });
});

test('answers: a repeated answer is told from a first one', () => {
  const replayed = (lookup: string) =>
    isReplayed(zendeskAnswers, { status: 201, headers: { 'x-idempotency-lookup': lookup }, body: '' });
  expect([replayed('hit'), replayed('miss')]).toEqual([true, false]);
});

test('problems: every complaint is told, and the first one leads to our field', () => {
  const problem = readProblem({
    error: 'RecordInvalid',
    description: 'Record validation errors',
    details: {
      email: [{ description: 'Email: x is not properly formatted', error: 'InvalidValue' }],
      name: [{ error: 'BlankValue' }],
    },
  });
  expect(problem).toEqual({ field: 'email', message: 'Email: x is not properly formatted; BlankValue' });
  const error = rejectedRecord(problem, { email: '/email' });
  expect(error).toBeInstanceOf(ValidationError);
  expect(error).toMatchObject({ path: '/email', code: 'http_422', retry: 'never' });
  expect(rejectedRecord(problem, {}).path).toBeUndefined();
});

test('problems: an answer of another form is still told', () => {
  expect(readProblem(undefined).message).toBe('Zendesk does not accept the record');
  expect(readProblem({ description: 'No' })).toEqual({ message: 'No' });
  expect(isClosedTicket(readProblem({ description: 'Status: closed prevents ticket update' }))).toBe(true);
  expect(isClosedTicket(readProblem({ description: 'Status: is closed' }))).toBe(false);
});

test('readAnswer: an undocumented answer is an error that may pass, and shows no value of it', () => {
  const read = () =>
    readAnswer(z.object({ ticket: z.object({ id: z.number() }) }), {
      status: 200,
      headers: {},
      json: { ticket: { id: 'secret-value' } },
      text: '',
    });
  expect(read).toThrow(UpstreamError);
  expect(read).toThrow(
    expect.objectContaining({
      code: 'unexpected_answer',
      retry: 'later',
      status: 200,
      logMessage: expect.stringMatching(/^(?!.*secret-value).*ticket\.id/s),
    }),
  );
});

test.each([
  [{ details: { name: [{}] } }, { field: 'name', message: 'is not valid' }],
  [
    { description: null, details: { name: [{ description: null, error: null }] } },
    { field: 'name', message: 'is not valid' },
  ],
  [{ description: null, details: null }, { message: 'Zendesk does not accept the record' }],
])('problems: %j is read as %j', (body, problem) => {
  expect(readProblem(body)).toEqual(problem);
});

test('problems: long complaints are cut to 500 characters', () => {
  const { message } = readProblem({ details: { name: [{ description: 'x'.repeat(501) }] } });
  expect(message).toBe('x'.repeat(500));
});
