import { expect, it } from 'vitest';
import { hasSqlState, isConnectionLost, isRetryable, sqlStateOf } from './sql-state.ts';

const withCode = (code: string, message = 'message') => Object.assign(new Error(message), { code });

it.each([
  [withCode('23505'), '23505'],
  [withCode('40P01'), '40P01'],
  [withCode('EPIPE'), undefined],
  [withCode('ECONNRESET'), undefined],
  [new Error('Connection terminated'), undefined],
  ['23505', undefined],
  [null, undefined],
])('sqlStateOf: %s has %s', (error, state) => {
  expect(sqlStateOf(error)).toBe(state);
  expect(hasSqlState(error, '23505')).toBe(state === '23505');
});

it.each([
  ['a serialization failure', withCode('40001'), true, false],
  ['a deadlock', withCode('40P01'), true, false],
  ['a unique violation', withCode('23505'), false, false],
  ['a statement timeout', withCode('57014'), false, false],
  ['a terminated session', withCode('57P01'), false, true],
  ['a crash of the server', withCode('57P02'), false, true],
  ['a server that starts', withCode('57P03'), false, true],
  ['a protocol violation', withCode('08P01'), false, true],
  ['a reset connection', withCode('ECONNRESET'), false, true],
  ['a refused connection', withCode('ECONNREFUSED'), false, true],
  ['a connection that ended', new Error('Connection terminated unexpectedly'), false, true],
  ['a mistake of ours', new TypeError('x is not a function'), false, false],
  ['no error at all', undefined, false, false],
])('%s: retryable and lost are told apart', (_, error, retryable, lost) => {
  expect(isRetryable(error)).toBe(retryable);
  expect(isConnectionLost(error)).toBe(lost);
});
