import { afterAll, beforeAll, expect, test } from 'vitest';
import { afterMsOf, callOf, errorOf, type GateRig, openGateRig } from '../testing/gate-rig.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';

/** Nobody is sent away for longer: fifteen minutes, and what spreads those who wait. */
const bound = 15 * 60_000 * 1.1;

const headers = {
  limit: 'X-Max',
  remaining: 'X-Left',
  window: { header: 'X-Window', unit: 'seconds' as const },
  reset: { header: 'X-Reset', unit: 'unix-seconds' as const },
};
const cases = [
  ['a window of ages', { 'x-left': '0', 'x-window': '9999999999999' }],
  ['a window of ages, and requests left', { 'x-left': '5', 'x-max': '1', 'x-window': '9999999999999' }],
  ['a reset in the far future', { 'x-left': '0', 'x-reset': '9999999999999' }],
  ['a reset that is over', { 'x-left': '0', 'x-reset': '1' }],
  ['a reset in the wrong unit', { 'x-left': '0', 'x-reset': String(Date.now()) }],
  ['no reset, of a whole day', { 'x-left': '0' }],
] as const;
const free = [
  ['a limit that is no number', { 'x-max': 'NaN', 'x-left': 'NaN', 'x-window': 'NaN', 'x-reset': 'NaN' }],
  ['a limit below nothing', { 'x-max': '-1', 'x-left': '-3', 'x-window': '-60', 'x-reset': '-9' }],
  ['no limit at all', { 'x-max': '0', 'x-left': '7', 'x-window': '0' }],
  ['a limit beyond all numbers', { 'x-max': '9999999999999', 'x-left': '9999999999998' }],
  ['a limit of infinity', { 'x-max': 'Infinity', 'x-left': 'Infinity', 'x-reset': '1e99' }],
] as const;

let rig: GateRig;
beforeAll(async () => {
  const ids = [...cases, ...free].map(([name]) => name.replaceAll(/[^a-z]+/g, '-'));
  rig = await openGateRig({
    limits: [{ requests: 1000, seconds: 86_400, headers }],
    connections: ids.map((id) => ({ id, rateLimits: { scale: 1 } })),
  });
});
afterAll(() => rig[Symbol.asyncDispose]());

const idOf = (name: string) => name.replaceAll(/[^a-z]+/g, '-');

test.each(cases)('%s: the calls are held back, and for no longer than a bound', async (name, told) => {
  const [broker] = rig.brokers;
  rig.vendor.handle = answerJson(200, {}, told);
  let held: ReturnType<typeof errorOf>;
  for (let call = 0; call < 4 && held === undefined; call += 1) {
    held = errorOf(await callOf(broker, idOf(name)));
  }
  expect(held?.code).toMatch(/^held_back_(pause|budget)$/);
  expect(afterMsOf(held)).toBeGreaterThan(0);
  expect(afterMsOf(held)).toBeLessThanOrEqual(bound);
  expect(held?.message).not.toMatch(/NaN|Infinity|e\+/);
});

test.each(free)('%s: nothing is believed, and the calls go on', async (name, told) => {
  const [first, second] = rig.brokers;
  rig.vendor.handle = answerJson(200, {}, told);
  for (let call = 0; call < 6; call += 1) {
    expect(errorOf(await callOf(call % 2 === 0 ? first : second, idOf(name)))).toBeUndefined();
  }
});
