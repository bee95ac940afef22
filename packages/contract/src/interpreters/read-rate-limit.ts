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

/** Beyond these nobody means what he says. */
const mostRequests = 1_000_000_000;
const longestWindowMs = 31 * 86_400_000;

/** Reads the headers that a manifest names for a limit. `here` counts where the answer has no `Date`. */
export function readRateLimit(facts: RateLimitHeaders, answer: Answer, here: Date): ToldRateLimit {
  const told: ToldRateLimit = {};
  const limit = wholeNumber(answer, facts.limit);
  if (limit !== undefined && limit > 0 && limit <= mostRequests) told.limit = limit;
  const remaining = wholeNumber(answer, facts.remaining);
  if (remaining !== undefined) told.remaining = remaining;
  const window = wholeNumber(answer, facts.window?.header);
  const windowMs = (window ?? 0) * (facts.window?.unit === 'seconds' ? 1000 : 1);
  if (windowMs > 0 && windowMs <= longestWindowMs) told.windowMs = windowMs;
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
