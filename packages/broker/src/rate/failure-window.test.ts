import { expect, test } from 'vitest';
import { createFailureWindow } from './failure-window.ts';

let nowMs = 0;
const open = () => {
  nowMs = -1_000_000;
  return createFailureWindow(() => nowMs, 5);
};

test('a storm: the fifth failure, when half of the last seconds’ calls fail', () => {
  const window = open();
  for (let call = 0; call < 4; call += 1) expect(window.failed()).toBe(false);
  expect(window.failed()).toBe(true);
});

test('a storm after a healthy minute is seen within its first seconds', () => {
  const window = open();
  for (let second = 0; second < 60; second += 1) {
    for (let call = 0; call < 50; call += 1) window.succeeded();
    nowMs += 1000;
  }
  let failures = 0;
  while (!window.failed()) {
    failures += 1;
    nowMs += 20;
    expect(failures).toBeLessThan(600);
  }
  expect(failures * 20).toBeLessThan(10_000);
});

test('over a minute one sixth is enough: retries would make more than 1.2 calls of one', () => {
  const many = open();
  const outcomes: boolean[] = [];
  for (let call = 1; call <= 200; call += 1) {
    if (call % 5 === 0) outcomes.push(many.failed());
    else many.succeeded();
    nowMs += 200;
  }
  expect(outcomes).toContain(true);
  const few = open();
  const fewer: boolean[] = [];
  for (let call = 1; call <= 200; call += 1) {
    if (call % 8 === 0) fewer.push(few.failed());
    else few.succeeded();
    nowMs += 200;
  }
  expect(fewer).not.toContain(true);
});

test('failures far apart are none, and what was before a minute, or before it was cleared, is forgotten', () => {
  const window = open();
  for (let call = 0; call < 20; call += 1) {
    expect(window.failed()).toBe(false);
    nowMs += 20_000;
  }
  nowMs += 120_000;
  for (let call = 0; call < 4; call += 1) expect(window.failed()).toBe(false);
  window.clear();
  for (let call = 0; call < 4; call += 1) expect(window.failed()).toBe(false);
  expect(window.failed()).toBe(true);
});
