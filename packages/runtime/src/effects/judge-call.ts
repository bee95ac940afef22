import {
  type ErrorData,
  type Guarantee,
  guaranteeAt,
  lookupOf,
  type RecordOutcome,
} from '@onceover/contract';
import type { OperationResult } from '@onceover/broker';

/** What a finished call tells about its records. */
export type Judgement =
  /** The vendor answered, and the operation read an outcome for each record. */
  | { kind: 'outcomes'; outcomes: readonly RecordOutcome[]; isFinal: boolean }
  /**
   * The vendor refused, or nothing was asked of it: this sending certainly took no effect. `status` is its answer's.
   * Final: neither did an earlier one.
   */
  | { kind: 'refused'; error: ErrorData; status: number | null; isFinal: boolean }
  /** Nothing was sent. */
  | { kind: 'unsent'; error: ErrorData }
  /** The write may or may not have taken effect. Doubtful: sending it again would teach nothing. */
  | { kind: 'unknown'; error: ErrorData; status: number | null; isDoubtful: boolean };

export interface CallHistory {
  guarantee: Guarantee;
  /** Since the write was first sent; 0 for a first try. */
  ageMs: number;
  /** What the last sending of these same bytes met; see `isDefinite`. */
  lastStatus: number | null;
  /** Whether an earlier sending of these bytes may have taken effect. */
  wasOpen: boolean;
}

/** Reads a call's result. Pure. */
export function judgeCall({ reply, write }: OperationResult, history: CallHistory): Judgement {
  if (reply.kind === 'written') {
    if (write.state === 'answered' && write.replayed && isIndefinite(write.answer.status)) {
      return unknown(replayedError(write.answer.status), write.answer.status, true);
    }
    const isFinal = !history.wasOpen || hasKey(history);
    return { kind: 'outcomes', outcomes: reply.outcomes, isFinal };
  }
  const error: ErrorData = reply.kind === 'error' ? reply.error : unexpectedReply;
  switch (write.state) {
    case 'none':
    case 'withheld':
      return { kind: 'refused', error, status: null, isFinal: !history.wasOpen };
    case 'unsent':
      return { kind: 'unsent', error: retryable(error) };
    case 'lost':
      return unknown(error, null, false);
    case 'answered':
      return judgeAnswer(error, write, history);
  }
}

function judgeAnswer(
  error: ErrorData,
  { answer: { status }, replayed, tooFast }: Extract<OperationResult['write'], { state: 'answered' }>,
  history: CallHistory,
): Judgement {
  // The operation's own word, whatever the status: it knows its vendor.
  if (error.class === 'OutcomeUnknownError') return unknown(error, status, true);
  const isFinal = !history.wasOpen || (hasKey(history) && isSaidAfterTheKey(error, status));
  // The write's own answer, that is: a read after it may have met a vendor in haste, too.
  if (tooFast) return { kind: 'refused', error, status, isFinal };
  if (isIndefinite(status)) {
    return unknown(error, status, replayed || (hasKey(history) && history.lastStatus === status));
  }
  // It did the work, and the operation could not read what came of it; or it points elsewhere, as after work that is done.
  if (status < 400 && !asksToRepeat.has(status)) return unknown(error, status, true);
  // A conflict after an open sending: perhaps with that sending. A keyed one may still be at work on it.
  if ((status === 409 || status === 412) && history.wasOpen) return unknown(error, status, !hasKey(history));
  return { kind: 'refused', error, status, isFinal };
}

/** Redirects that by their definition did nothing: the same request is to go elsewhere. */
const asksToRepeat = new Set([307, 308]);

/** Whether the vendor still remembers the write by its key: had it done the work, it would repeat that answer. */
function hasKey({ guarantee, ageMs }: CallHistory): boolean {
  return guaranteeAt(guarantee, ageMs / 3_600_000).kind === 'idempotencyKey';
}

/** Credentials, rights and the addressed record are looked at first: such an answer tells nothing about the key. */
function isSaidAfterTheKey({ class: name }: ErrorData, status: number): boolean {
  return (
    ![401, 403, 404, 410].includes(status) &&
    !['AuthenticationError', 'ScopeError', 'NotFoundError'].includes(name)
  );
}

/** Kept in place of a status when nothing was sent. */
export const neverSent = 0;

/**
 * Whether the write has certainly taken no effect, by what is kept of its last sending: the status of a refusal, or
 * `neverSent`. Null stands for a sending without an answer, and a server's failure leaves it open.
 */
export function isDefinite(lastStatus: number | null): boolean {
  return lastStatus !== null && !isIndefinite(lastStatus);
}

/** A server that failed may have done the work before. */
export function isIndefinite(status: number): boolean {
  return status >= 500 || status === 408;
}

function unknown(error: ErrorData, status: number | null, isDoubtful: boolean): Judgement {
  return { kind: 'unknown', error: retryable(error), status, isDoubtful };
}

function retryable(error: ErrorData): ErrorData {
  return error.retry === 'never' ? { ...error, retry: 'later' } : error;
}

const unexpectedReply: ErrorData = {
  class: 'UpstreamError',
  code: 'host_reply',
  message: 'The connector answered something else than it was asked',
  logMessage: 'The connector answered something else than it was asked',
  retry: 'never',
};

function replayedError(status: number): ErrorData {
  const message = `The vendor repeats its stored answer ${status}: whether it did the work is not known`;
  return { class: 'OutcomeUnknownError', code: 'replayed', message, logMessage: message, retry: 'later' };
}

/** What may be done about a write that was sent and whose outcome is not known. */
export type NextForCall =
  /** The same bytes under the same key: harmless. */
  | { kind: 'resend' }
  /** Plan it anew: writing again is harmless by the record's natural key. */
  | { kind: 'anew' }
  | { kind: 'look-up' }
  /** The vendor's search may not know it yet. */
  | { kind: 'wait'; afterMs: number }
  /** Nothing automatic: a person decides. */
  | { kind: 'ask' };

/** Decides by the guarantee that holds at the write's age. Pure. */
export function nextForCall(call: {
  guarantee: Guarantee;
  /** Since it was first sent: what a key's life is measured by. */
  ageMs: number;
  /** Since it was last sent: what a search's lag is measured by. */
  sinceSentMs: number;
  /** Sending again would teach nothing. */
  isDoubtful: boolean;
}): NextForCall {
  const now = guaranteeAt(call.guarantee, call.ageMs / 3_600_000);
  if (!call.isDoubtful) {
    if (now.kind === 'idempotencyKey' || now.kind === 'naturalKey' || now.kind === 'conditional') {
      return { kind: 'resend' };
    }
  } else if (now.kind === 'naturalKey') {
    return { kind: 'anew' };
  }
  const lookup = lookupOf(call.isDoubtful ? call.guarantee : now);
  if (lookup === undefined) return { kind: 'ask' };
  const afterMs = lookup.lagSeconds * 1000 - call.sinceSentMs;
  return afterMs > 0 ? { kind: 'wait', afterMs } : { kind: 'look-up' };
}
