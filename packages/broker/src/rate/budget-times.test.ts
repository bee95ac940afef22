import { expect, test } from 'vitest';
import { budgetTimes } from './budget-times.ts';

test.each([
  [1000, 0.8],
  [10_000, 0.9],
  [60_000, 0.93],
  [86_400_000, 0.95],
])('a budget of %s ms leaves at least %s of the vendor’s rate', (windowMs, share) => {
  const { leaseMs, slotMs, countsForMs } = budgetTimes(windowMs, 100);
  expect(windowMs / (leaseMs + slotMs + countsForMs)).toBeGreaterThan(share);
  expect(countsForMs).toBeGreaterThan(windowMs);
});

test('a runner is given a tenth at most, and one at least', () => {
  expect(budgetTimes(1000, 110).most).toBe(11);
  expect(budgetTimes(1000, 5).most).toBe(1);
});
