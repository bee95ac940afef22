import type { RateLimitHeaders } from '../manifest.ts';
import { type Answer, longestRetryAfterMs, vendorNow } from './classify-answer.ts';

/** What an answer tells of a limit; what it does not tell, or tells nonsense of, is absent. */
export interface ToldRateLimit {
  /** Requests in a window. */
  limit?: number;
  /** Requests left in this window. */
  remaining?: number;
  /** Until the window ends; capped like a Retry-After. */
  resetMs?: number;
  windowMs?: number;
}

/** Reads the headers that a manifest names for a limit. `here` counts where the answer has no `Date`. */
export function readRateLimit(facts: RateLimitHeaders, answer: Answer, here: Date): ToldRateLimit {
  const told: ToldRateLimit = {};
  const limit = wholeNumber(answer, facts.limit);
  if (limit !== undefined && limit > 0) told.limit = limit;
  const remaining = wholeNumber(answer, facts.remaining);
  if (remaining !== undefined) told.remaining = remaining;
  const window = wholeNumber(answer, facts.window?.header);
  if (window !== undefined && window > 0)
    told.windowMs = window * (facts.window?.unit === 'seconds' ? 1000 : 1);
  const reset = wholeNumber(answer, facts.reset?.header);
  if (reset !== undefined) {
    const unit = facts.reset?.unit;
    const inMs = unit === 'milliseconds' ? reset : reset * 1000;
    const afterMs = unit === 'unix-seconds' ? inMs - vendorNow(answer, here).getTime() : inMs;
    if (afterMs >= 0) told.resetMs = Math.min(afterMs, longestRetryAfterMs);
  }
  return told;
}

function wholeNumber(answer: Answer, header: string | undefined): number | undefined {
  const text = header === undefined ? undefined : answer.headers[header.toLowerCase()];
  return text !== undefined && /^\d{1,13}$/.test(text) ? Number(text) : undefined;
}
