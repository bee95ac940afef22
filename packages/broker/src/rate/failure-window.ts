/** The last minute of a connection's calls: whether its vendor fails so often that calls must stop. */
export interface FailureWindow {
  succeeded(): void;
  /** True: open the breaker. */
  failed(): boolean;
  clear(): void;
  /** Nothing of its time has failed. */
  isEmpty(): boolean;
}

const slotMs = 5000;
const slots = 12;
/** Of the last ten seconds at least: a storm. */
const shortSlots = 2;

/**
 * A storm is half of the last calls; over a minute it is one sixth, for then retries make six calls out of five. Fewer
 * than `fewest` failures are none.
 */
export function createFailureWindow(monotonicMs: () => number, fewest: number): FailureWindow {
  let ring = emptyRing();
  const slotNow = () => {
    const number = Math.floor(monotonicMs() / slotMs);
    // The clock's zero may be anywhere.
    const at = ((number % slots) + slots) % slots;
    const slot = ring[at];
    if (slot?.number === number) return slot;
    const fresh = { number, failures: 0, total: 0 };
    ring[at] = fresh;
    return fresh;
  };
  const shareOf = (since: number) => {
    let failures = 0;
    let total = 0;
    for (const slot of ring) {
      if (slot.number < since) continue;
      failures += slot.failures;
      total += slot.total;
    }
    return failures < fewest ? 0 : failures / total;
  };
  return {
    succeeded() {
      slotNow().total += 1;
    },
    failed() {
      const slot = slotNow();
      slot.failures += 1;
      slot.total += 1;
      return shareOf(slot.number - shortSlots + 1) >= 1 / 2 || shareOf(slot.number - slots + 1) > 1 / 6;
    },
    clear() {
      ring = emptyRing();
    },
    isEmpty() {
      const since = slotNow().number - slots + 1;
      return ring.every(({ number, failures }) => number < since || failures === 0);
    },
  };
}

function emptyRing(): { number: number; failures: number; total: number }[] {
  return Array.from({ length: slots }, () => ({ number: Number.NEGATIVE_INFINITY, failures: 0, total: 0 }));
}
