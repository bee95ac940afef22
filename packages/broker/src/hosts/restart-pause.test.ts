import { expect, test } from 'vitest';
import { createRestartPause } from './restart-pause.ts';

test('pauses grow from the second end in a row, with jitter, up to the most; a steady process begins anew', () => {
  let now = 0;
  const timers = { now: () => now };
  const pause = createRestartPause({ baseMs: 100, mostMs: 1000, timers, random: () => 0.5 });
  const ends = Array.from({ length: 7 }, () => {
    pause.failed();
    return pause.next();
  });
  expect(ends).toEqual([0, 75, 150, 300, 600, 750, 750]);
  now = 700;
  expect(pause.next()).toBe(50);
  pause.started();
  now = 100_000;
  pause.failed();
  expect(pause.next()).toBe(0);
});
