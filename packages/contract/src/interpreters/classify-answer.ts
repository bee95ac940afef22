import {
  AuthenticationError,
  ConflictError,
  NotFoundError,
  type OnceoverError,
  RateLimitError,
  ScopeError,
  UpstreamError,
  ValidationError,
} from '../errors.ts';
import { parseJson, readPointerText } from '../json.ts';
import type { AnswerFacts } from '../manifest.ts';

/** A vendor's answer. Header names in lower case. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** No vendor may make us wait longer than this for one answer. */
export const longestRetryAfterMs = 15 * 60_000;

/**
 * The typed error that an answer stands for; undefined for 2xx and 304. The message holds the vendor's own words
 * (from the pointers the manifest names), cut to 500 characters.
 */
export function classifyAnswer(facts: AnswerFacts, answer: Answer, now: Date): OnceoverError | undefined {
  const { status } = answer;
  if ((status >= 200 && status < 300) || status === 304) return undefined;
  const body = parseBody(answer.body);
  const words = facts.message
    .map((pointer) => readPointerText(body, pointer))
    .find((text) => text !== undefined && text !== '');
  const message = `The vendor answered ${status}${words === undefined ? '' : `: ${words.slice(0, 500)}`}`;
  const limited = (facts.rateLimited ?? []).some((rule) => {
    if (rule.status !== status) return false;
    if (rule.pointer === undefined) return true;
    const text = readPointerText(body, rule.pointer);
    return rule.equals === undefined ? text !== undefined : text === rule.equals;
  });
  if (status === 429 || limited) {
    const afterMs = retryAfterMs(facts, answer, now);
    return new RateLimitError(message, {
      code: `http_${status}`,
      retry: afterMs === undefined ? 'later' : { afterMs },
    });
  }
  const code = `http_${status}`;
  if (status === 401) return new AuthenticationError(message, { code });
  if (status === 403) return new ScopeError(message, { code });
  if (status === 404 || status === 410) return new NotFoundError(message, { code });
  if (status === 409 || status === 412 || status === 423) return new ConflictError(message, { code });
  if (status === 408 || status === 425) return new UpstreamError(message, { code, status });
  if (status >= 400 && status < 500) return new ValidationError(message, { code });
  if (status >= 500) {
    const afterMs = retryAfterMs(facts, answer, now);
    return new UpstreamError(message, { code, status, retry: afterMs === undefined ? 'later' : { afterMs } });
  }
  // A redirect or an informational status is no answer to an API call: credentials never follow it.
  return new UpstreamError(message, { code, status, retry: 'never' });
}

/** True when the vendor says that it repeated a stored answer instead of doing the work. */
export function isReplayed(facts: AnswerFacts, answer: Answer): boolean {
  return (
    facts.replayed !== undefined &&
    answer.headers[facts.replayed.header.toLowerCase()] === facts.replayed.equals
  );
}

/**
 * Retry-After in seconds or as a date, or the manifest's reset header; capped; undefined when absent or absurd. A date is
 * held against the answer's own `Date` where it has one: whatever this machine's clock says.
 */
export function retryAfterMs(facts: AnswerFacts, answer: Answer, here: Date): number | undefined {
  const now = vendorNow(answer, here);
  const standard = answer.headers['retry-after'];
  if (standard !== undefined) {
    const afterMs = /^\d+$/.test(standard) ? Number(standard) * 1000 : dateOf(standard) - now.getTime();
    if (afterMs >= 0) return Math.min(Math.ceil(afterMs), longestRetryAfterMs);
  }
  if (facts.resetAt === undefined) return undefined;
  const reset = answer.headers[facts.resetAt.header.toLowerCase()];
  if (reset === undefined || !/^\d{1,13}$/.test(reset)) return undefined;
  const afterMs =
    facts.resetAt.unit === 'unix-seconds' ? Number(reset) * 1000 - now.getTime() : Number(reset) * 1000;
  return afterMs >= 0 ? Math.min(afterMs, longestRetryAfterMs) : undefined;
}

/** NaN for what is no date of HTTP's or ISO's: `Date.parse` reads a year into many words. */
function dateOf(text: string): number {
  const isDate = /^[A-Za-z]{3,9},? .*\d\d:\d\d:\d\d|^\d{4}-\d\d-\d\dT/.test(text);
  return isDate ? Date.parse(text) : Number.NaN;
}

/** The vendor's time when it answered. */
export function vendorNow(answer: Answer, here: Date): Date {
  const told = Date.parse(answer.headers['date'] ?? '');
  return Number.isNaN(told) ? here : new Date(told);
}

function parseBody(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
