import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const options = (fraction: number) => ({ baseMs: 1000, capMs: 60_000, fraction: () => fraction });
const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });

test('backoff: grows, stays between half and all of its cap, whatever the attempt', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fraction, (attempt, random) => {
      const ms = backoffMs(attempt, options(random));
      expect(ms).toBeGreaterThanOrEqual(500);
      expect(ms).toBeLessThanOrEqual(60_000);
    }),
  );
  expect(backoffMs(1, options(0))).toBe(500);
  expect(backoffMs(3, options(0))).toBe(2000);
});

test('backoff: never undercuts what the vendor asks', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fraction,
      fc.integer({ min: 1, max: 900_000 }),
      (attempt, random, wish) => {
        expect(backoffMs(attempt, options(random), wish)).toBeGreaterThanOrEqual(wish);
      },
    ),
  );
});
