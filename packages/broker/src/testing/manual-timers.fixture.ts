import type { HostTimers } from '../hosts/host-timers.ts';

export interface ManualTimers extends HostTimers {
  /** Lets time pass, and calls what is due on the way. */
  pass(ms: number): void;
}

/** Time that stands still until a test lets it pass. */
export function createManualTimers(): ManualTimers {
  let now = 0;
  const waiting = new Set<{ at: number; call: () => void }>();
  return {
    now: () => now,
    after(ms, call) {
      const one = { at: now + ms, call };
      waiting.add(one);
      return () => void waiting.delete(one);
    },
    pass(ms) {
      const until = now + ms;
      for (;;) {
        const [next] = [...waiting].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        waiting.delete(next);
        now = next.at;
        next.call();
      }
      now = until;
    },
  };
}
