import { expect, test } from 'vitest';
import { createFairShare } from './fair-share.ts';

test('who has had less goes first, while it waits', () => {
  const share = createFairShare();
  for (let call = 0; call < 100; call += 1) share.took('busy', 1);
  expect(share.ahead('busy')).toBe(0);
  const stop = share.wait('quiet');
  expect(share.ahead('busy')).toBe(1);
  expect(share.ahead('quiet')).toBe(0);
  stop();
  expect(share.ahead('busy')).toBe(0);
});

test('nobody saves up turns: after one of its own a newcomer is behind', () => {
  const share = createFairShare();
  for (let call = 0; call < 100; call += 1) share.took('busy', 1);
  share.wait('quiet');
  share.wait('busy');
  share.took('quiet', 1);
  share.took('quiet', 1);
  expect(share.ahead('quiet')).toBe(1);
  share.took('busy', 1);
  expect(share.ahead('busy')).toBe(0);
});

test('several calls of one connection wait as one', () => {
  const share = createFairShare();
  share.took('busy', 1);
  const stops = [share.wait('quiet'), share.wait('quiet')];
  expect(share.ahead('busy')).toBe(1);
  for (const stop of stops) stop();
  expect(share.ahead('busy')).toBe(0);
});
