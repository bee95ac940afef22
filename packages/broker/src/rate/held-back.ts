import { type ErrorData, RateLimitError, type RecordOutcome } from '@onceover/contract';

/**
 * Why a call does not go out now: the budget is used up, the vendor asked to be left alone, or it has failed so often
 * that one call alone may try.
 */
export type HeldBackReason = 'budget' | 'pause' | 'breaker';

const codes: Readonly<Record<HeldBackReason, string>> = {
  budget: 'held_back_budget',
  pause: 'held_back_pause',
  breaker: 'held_back_breaker',
};

/** A call that was refused before a socket opened, and when it may be made. */
export function heldBack(reason: HeldBackReason, why: string, afterMs: number): RateLimitError {
  const wait = Math.max(1, Math.ceil(afterMs));
  return new RateLimitError(`${why}: the call is held back for ${seconds(wait)}, and nothing was sent`, {
    code: codes[reason],
    retry: { afterMs: wait },
  });
}

/** Undefined for an error that is anything else. */
export function heldBackReason(error: {
  readonly code?: unknown;
  readonly name?: unknown;
}): HeldBackReason | undefined {
  return reasons.get(String(error.code));
}

const reasons = new Map(
  Object.entries(codes).map(([reason, code]) => [code, reason as HeldBackReason] as const),
);

/**
 * What connector code says about itself: that a call was held back is the broker's to say, for such a call is no attempt.
 */
export function withoutHeldBack(error: ErrorData): ErrorData {
  return heldBackReason(error) === undefined ? error : { ...error, code: 'rate_limited' };
}

/** The same of a record's outcome. */
export function outcomeWithoutHeldBack(one: RecordOutcome): RecordOutcome {
  return one.outcome === 'failed' ? { ...one, error: withoutHeldBack(one.error) } : one;
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
