/** What may be tuned; the defaults are production's. */
export interface RuntimeTuning {
  /** How long a lane is ours without a heartbeat; after a crash another runner takes it over this much later. */
  leaseMs: number;
  /** A lease must last for this long yet when something is sent. */
  sendMarginMs: number;
  /** Lanes of runs worked on at once. */
  concurrency: number;
  /** Records read at once, of items that are hydrated. */
  itemConcurrency: number;
  /** How many runs of a lane are taken at a time. */
  runsPerLane: number;
  /** The slow poll beneath the wake-ups. */
  pollMs: number;
  retryBaseMs: number;
  retryCapMs: number;
  /** Deliveries that may wait to be stored before vendors are told to come back. */
  maxQueuedDeliveries: number;
}

export const defaultTuning: RuntimeTuning = {
  leaseMs: 10_000,
  sendMarginMs: 2000,
  concurrency: 64,
  itemConcurrency: 16,
  runsPerLane: 50,
  pollMs: 1000,
  retryBaseMs: 1000,
  retryCapMs: 15 * 60_000,
  maxQueuedDeliveries: 2000,
};
