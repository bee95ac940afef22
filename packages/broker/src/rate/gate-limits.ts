import { longestRetryAfterMs } from '@onceover/contract';

/** How calls are held back. Times in milliseconds. */
export interface GateLimits {
  /** A call waits this long for its turn before it is sent away. */
  shortWaitMs: number;
  /** How old what is known of other runners' pauses and breakers may be. */
  viewMs: number;
  /** A vendor that says "too fast" and not how long is left alone for this long, then for twice that, up to the cap. */
  pauseBaseMs: number;
  pauseCapMs: number;
  /** Fewer failures than this within a minute open no breaker. */
  fewestFailures: number;
  /** A breaker that opens does so for this long, then for twice that, up to the cap. */
  breakerBaseMs: number;
  breakerCapMs: number;
  /** Longer than a call can take: then another one may be the probe. */
  probeLeaseMs: number;
  /** Nobody is sent away for longer. */
  longestMs: number;
}

export const defaultGateLimits: GateLimits = {
  shortWaitMs: 200,
  viewMs: 1000,
  pauseBaseMs: 1000,
  pauseCapMs: 60_000,
  fewestFailures: 5,
  breakerBaseMs: 2000,
  breakerCapMs: 60_000,
  probeLeaseMs: 130_000,
  longestMs: longestRetryAfterMs,
};
