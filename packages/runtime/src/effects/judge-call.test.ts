import type { OperationResult, RenderedWrite } from '@onceover/broker';
import {
  AuthenticationError,
  type ErrorData,
  errorToData,
  type Guarantee,
  NotFoundError,
  OutcomeUnknownError,
  RateLimitError,
  UpstreamError,
  ValidationError,
} from '@onceover/contract';
import { describe, expect, test } from 'vitest';
import { type CallHistory, isDefinite, judgeCall, neverSent, nextForCall } from './judge-call.ts';

const write = { hash: 'h' } as RenderedWrite;
const key: Guarantee = { kind: 'idempotencyKey', header: 'K', hours: 24 };
const keyThenLookup: Guarantee = { ...key, then: { kind: 'lookup', field: 'f', lagSeconds: 60 } };
const lookup: Guarantee = { kind: 'lookup', field: 'f', lagSeconds: 60 };
const natural: Guarantee = { kind: 'naturalKey', field: 'email' };
const conditional: Guarantee = { kind: 'conditional', header: 'If-Match' };
const none: Guarantee = { kind: 'none' };

function answered(status: number, error: ErrorData, more: { replayed?: boolean; tooFast?: boolean } = {}) {
  const { replayed = false, tooFast = false } = more;
  return {
    reply: { kind: 'error', error },
    write: { state: 'answered', write, answer: { status, headers: {}, body: '' }, replayed, tooFast },
    reads: [],
  } satisfies OperationResult;
}
const failure = errorToData(new UpstreamError('failed', { code: 'http_500', status: 500 }));
const refusal = errorToData(new ValidationError('no', { code: 'http_400' }));
const history = (given: Partial<CallHistory> = {}): CallHistory => ({
  guarantee: natural,
  ageMs: 0,
  lastStatus: null,
  wasOpen: false,
  ...given,
});

describe('judgeCall', () => {
  test('a written reply gives the outcomes that the operation read', () => {
    const outcomes = [{ outcome: 'created', vendorId: 'v1' }] as const;
    const result: OperationResult = {
      reply: { kind: 'written', outcomes },
      write: { state: 'none' },
      reads: [],
    };
    expect(judgeCall(result, history())).toEqual({ kind: 'outcomes', outcomes, isFinal: true });
  });

  test('a server’s failure leaves the outcome open; twice the same under a key, or replayed, it is in doubt', () => {
    const doubt = (given: Partial<CallHistory>, replayed = false) => {
      const judged = judgeCall(answered(500, failure, { replayed }), history(given));
      return judged.kind === 'unknown' ? judged.isDoubtful : judged.kind;
    };
    expect(doubt({ guarantee: key })).toBe(false);
    expect(doubt({ guarantee: key, lastStatus: 500 })).toBe(true);
    expect(doubt({ guarantee: key, lastStatus: 503 })).toBe(false);
    expect(doubt({ guarantee: key }, true)).toBe(true);
    expect(doubt({ guarantee: natural, lastStatus: 500 })).toBe(false);
    expect(doubt({ guarantee: none })).toBe(false);
  });

  test('408 is open like a server’s failure, 429 is a refusal, and so is what the manifest calls too fast', () => {
    expect(judgeCall(answered(408, failure), history()).kind).toBe('unknown');
    const tooFast = errorToData(new RateLimitError('slow down'));
    for (const status of [429, 503]) {
      const judged = judgeCall(answered(status, tooFast, { tooFast: true }), history());
      expect(judged).toMatchObject({ kind: 'refused', status });
    }
  });

  test('a write that was done, and a read after it that came too fast: it is in doubt, whatever the code says', () => {
    const tooFast = errorToData(new RateLimitError('slow down'));
    for (const status of [200, 204, 503]) {
      expect(judgeCall(answered(status, tooFast), history()).kind).toBe('unknown');
    }
  });

  test('a refusal is a refusal, but a conflict after an open sending may be a conflict with that sending', () => {
    expect(judgeCall(answered(400, refusal), history())).toMatchObject({ kind: 'refused', isFinal: true });
    expect(judgeCall(answered(400, refusal), history({ wasOpen: true }))).toMatchObject({
      kind: 'refused',
      isFinal: false,
    });
    expect(judgeCall(answered(409, refusal), history({ guarantee: key })).kind).toBe('refused');
    expect(judgeCall(answered(409, refusal), history({ guarantee: key, wasOpen: true }))).toMatchObject({
      kind: 'unknown',
      isDoubtful: false,
    });
    expect(
      judgeCall(answered(412, refusal), history({ guarantee: conditional, wasOpen: true })),
    ).toMatchObject({
      kind: 'unknown',
      isDoubtful: true,
    });
  });

  test('a refusal after an open sending is the last word only from a vendor that looked at its key first', () => {
    const isFinal = (status: number, error: ErrorData, given: Partial<CallHistory> = {}) => {
      const judged = judgeCall(answered(status, error), history({ wasOpen: true, guarantee: key, ...given }));
      return judged.kind === 'refused' ? judged.isFinal : judged.kind;
    };
    expect(isFinal(400, refusal)).toBe(true);
    expect(isFinal(400, refusal, { ageMs: 25 * 3_600_000 })).toBe(false);
    for (const status of [401, 403, 404, 410]) expect(isFinal(status, refusal)).toBe(false);
    expect(isFinal(422, errorToData(new NotFoundError('closed')))).toBe(false);
    expect(isFinal(400, errorToData(new AuthenticationError('token')))).toBe(false);
  });

  test('what an operation calls unknown is unknown, whatever the status', () => {
    const reused = errorToData(new OutcomeUnknownError('the key is known with other parameters'));
    expect(judgeCall(answered(400, reused), history({ guarantee: key }))).toMatchObject({
      kind: 'unknown',
      status: 400,
      isDoubtful: true,
    });
  });

  test('a redirect is no refusal, but for those that ask to repeat the request elsewhere', () => {
    const redirect = errorToData(new UpstreamError('elsewhere', { code: 'http_303', retry: 'never' }));
    for (const status of [300, 301, 302, 303, 304]) {
      expect(judgeCall(answered(status, redirect), history())).toMatchObject({
        kind: 'unknown',
        isDoubtful: true,
      });
    }
    for (const status of [307, 308]) {
      expect(judgeCall(answered(status, redirect), history()).kind).toBe('refused');
    }
  });

  test('a success that the operation cannot read is in doubt: the work was done', () => {
    expect(judgeCall(answered(200, refusal), history())).toMatchObject({ kind: 'unknown', isDoubtful: true });
  });

  test('lost is open, unsent and not rendered are not', () => {
    const reply = { kind: 'error', error: failure } as const;
    const lost: OperationResult = { reply, write: { state: 'lost', write, error: failure }, reads: [] };
    expect(judgeCall(lost, history())).toMatchObject({ kind: 'unknown', status: null, isDoubtful: false });
    const unsent: OperationResult = { reply, write: { state: 'unsent', write, error: failure }, reads: [] };
    expect(judgeCall(unsent, history()).kind).toBe('unsent');
    const never: OperationResult = { reply, write: { state: 'none' }, reads: [] };
    expect(judgeCall(never, history())).toMatchObject({ kind: 'refused', status: null });
  });
});

describe('nextForCall', () => {
  const next = (guarantee: Guarantee, given: Partial<Parameters<typeof nextForCall>[0]> = {}) =>
    nextForCall({ guarantee, ageMs: 0, sinceSentMs: 0, isDoubtful: false, ...given });
  const day = 24 * 3_600_000;

  test('class A goes again, B looks up when the search has caught up, C asks', () => {
    for (const guarantee of [key, natural, conditional]) expect(next(guarantee)).toEqual({ kind: 'resend' });
    expect(next(lookup, { sinceSentMs: 20_000 })).toEqual({ kind: 'wait', afterMs: 40_000 });
    expect(next(lookup, { sinceSentMs: 60_000 })).toEqual({ kind: 'look-up' });
    expect(next(none)).toEqual({ kind: 'ask' });
  });

  test('past its key’s life what comes after the key holds, or nothing', () => {
    expect(next(keyThenLookup, { ageMs: day - 1 })).toEqual({ kind: 'resend' });
    expect(next(keyThenLookup, { ageMs: day, sinceSentMs: day })).toEqual({ kind: 'look-up' });
    expect(next(key, { ageMs: day })).toEqual({ kind: 'ask' });
  });

  test('in doubt nothing is sent again: it is looked up, asked, or planned anew where that is harmless', () => {
    const isDoubtful = true;
    expect(next(keyThenLookup, { isDoubtful, sinceSentMs: 60_000 })).toEqual({ kind: 'look-up' });
    expect(next(key, { isDoubtful })).toEqual({ kind: 'ask' });
    expect(next(conditional, { isDoubtful })).toEqual({ kind: 'ask' });
    expect(next(natural, { isDoubtful })).toEqual({ kind: 'anew' });
  });
});

test('isDefinite: a refusal and a write that was never sent certainly took no effect', () => {
  expect([neverSent, 400, 429].map(isDefinite)).toEqual([true, true, true]);
  expect([null, 408, 500, 503].map(isDefinite)).toEqual([false, false, false, false]);
});
