/** Time, as hosts take it: a test gives its own. */
export interface HostTimers {
  /** Milliseconds that only rise. */
  now(): number;
  /** Calls once, later. @returns lets go of it */
  after(ms: number, call: () => void): () => void;
}

export const systemTimers: HostTimers = {
  now: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
