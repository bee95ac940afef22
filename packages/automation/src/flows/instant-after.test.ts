import { ValidationError } from '@onceover/contract';
import { expect, test } from 'vitest';
import { instantAfter } from './instant-after.ts';

test.each([
  ['2026-11-24T10:00:00Z', { hours: 24 }, '2026-11-25T10:00:00.000Z'],
  ['2026-11-24T10:00:00+01:00', { days: 1, minutes: 5, seconds: 6 }, '2026-11-25T09:05:06.000Z'],
  ['2026-11-24T10:00:00Z', {}, '2026-11-24T10:00:00.000Z'],
  ['2026-11-24T10:00:00Z', { hours: -1 }, '2026-11-24T09:00:00.000Z'],
  // The clocks change in between: a day is 24 hours all the same.
  ['2027-03-27T12:00:00+01:00', { days: 1 }, '2027-03-28T11:00:00.000Z'],
])('instantAfter: %s and %j', (from, span, to) => {
  expect(instantAfter(from, span)).toBe(to);
});

test('instantAfter: what is no instant is refused', () => {
  expect(() => instantAfter('tomorrow', { hours: 1 })).toThrow(ValidationError);
});
