import type { HostTimers } from './host-timers.ts';

/** The pauses between the starts of a process that keeps ending: none at first, then longer and longer ones. */
export interface RestartPause {
  /** How long to wait before the next start. */
  next(): number;
  /** A process has loaded its code. */
  started(): void;
  /** A process ended that was not asked to, or never loaded its code. */
  failed(): void;
}

/** A process that lived for so long does not count with those before it. */
const steadyMs = 60_000;

export function createRestartPause(options: {
  baseMs: number;
  mostMs: number;
  timers: Pick<HostTimers, 'now'>;
  random: () => number;
}): RestartPause {
  const { baseMs, mostMs, timers, random } = options;
  let failures = 0;
  let startedAt: number | undefined;
  let failedAt = 0;
  return {
    next() {
      if (failures < 2) return 0;
      const pause = Math.min(mostMs, baseMs * 2 ** (failures - 2));
      // Between half and all of it, less what has passed since.
      return Math.max(0, pause * (0.5 + random() / 2) - (timers.now() - failedAt));
    },
    started: () => void (startedAt = timers.now()),
    failed() {
      failedAt = timers.now();
      const wasSteady = startedAt !== undefined && failedAt - startedAt > steadyMs;
      failures = wasSteady ? 1 : failures + 1;
      startedAt = undefined;
    },
  };
}
