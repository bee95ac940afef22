import { z } from 'zod';
import type { Clock } from './clock.ts';

export const rateLimitWindowSchema = z.strictObject({
  requests: z.number().int().positive(),
  seconds: z.number().positive(),
});
export type RateLimitWindow = z.infer<typeof rateLimitWindowSchema>;

/** How a request stands in the current window. */
export interface RateLimitState {
  limit: number;
  remaining: number;
  windowSeconds: number;
  /** When the window ends. */
  resetsAt: Date;
  retryAfterSeconds: number;
  exceeded: boolean;
}

export interface RateLimiter {
  /** Null (the default) lets everything pass. */
  set(window: RateLimitWindow | null): void;
  /** Counts one request; undefined while there is no limit. */
  count(): RateLimitState | undefined;
}

/** Fixed windows: simple, and as strict as any vendor's. */
export function createRateLimiter(clock: Clock): RateLimiter {
  let window: RateLimitWindow | null = null;
  let startedAt = 0;
  let used = 0;
  return {
    set(next) {
      window = next;
      startedAt = clock.now().getTime();
      used = 0;
    },
    count() {
      if (window === null) return undefined;
      const now = clock.now().getTime();
      const length = window.seconds * 1000;
      if (now >= startedAt + length) {
        startedAt = now - ((now - startedAt) % length);
        used = 0;
      }
      used += 1;
      const resetsAt = new Date(startedAt + length);
      return {
        limit: window.requests,
        remaining: Math.max(0, window.requests - used),
        windowSeconds: window.seconds,
        resetsAt,
        retryAfterSeconds: Math.max(1, Math.ceil((resetsAt.getTime() - now) / 1000)),
        exceeded: used > window.requests,
      };
    },
  };
}
