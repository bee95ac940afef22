/** How long to wait before the next attempt. */
export interface BackoffOptions {
  baseMs: number;
  capMs: number;
  /** At least 0, below 1. */
  fraction: () => number;
}

/**
 * Exponential, capped, with jitter over its upper half: attempt 1 waits 0.5 to 1 times `baseMs`, attempt 2 twice that.
 * A vendor's own wish (`atLeastMs`) is never undercut, and also jittered, so that many runs do not come back at once.
 */
export function backoffMs(attempt: number, options: BackoffOptions, atLeastMs = 0): number {
  const { baseMs, capMs, fraction } = options;
  const full = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  const own = full * (0.5 + fraction() / 2);
  return Math.ceil(own >= atLeastMs ? own : atLeastMs + fraction() * Math.min(baseMs, atLeastMs / 4));
}
