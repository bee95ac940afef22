import { setTimeout as sleep } from 'node:timers/promises';
import type { Rotations } from '@onceover/broker';

const dueEveryMs = 15_000;
const graceMs = 500;
/** Ages are counted in days. */
const agesEveryMs = 600_000;

/**
 * Goes on with rotations, and begins those of old secrets, now and then. What is due the database's clock decides; any
 * number of runners may do it. Returns what stops it.
 */
export function startRotationSchedule(
  rotations: Pick<Rotations, 'runDue' | 'startByAge'>,
): () => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  let isIdle = true;
  let agesAt = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const now = performance.now();
    if (now - agesAt >= agesEveryMs) {
      agesAt = now;
      await rotations.startByAge();
    }
    await rotations.runDue();
  };
  const timer = setInterval(
    () => {
      // One that takes longer is not joined by the next.
      if (!isIdle) return;
      isIdle = false;
      underWay = look().finally(() => {
        isIdle = true;
      });
    },
    // Runners that were started together do not look together.
    dueEveryMs * (0.9 + 0.2 * Math.random()),
  );
  timer.unref();
  return async () => {
    clearInterval(timer);
    // A step that is broken off is done again by whoever comes next.
    await Promise.race([underWay, sleep(graceMs, undefined, { ref: false })]);
  };
}
