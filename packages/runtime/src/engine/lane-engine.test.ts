import { expect, test } from 'vitest';
import { createLaneEngine, type LanePort, type LaneSession } from './lane-engine.ts';

const lane = { id: 'l', tenant: 'default', flow: 'f', key: 'k', epoch: 1, work: [] };
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** An engine with one lane in hand. Its clock is set, not waited for. */
async function engineWith(extend: LanePort<never>['extend']) {
  let now = 0;
  const begun = Promise.withResolvers<LaneSession<never>>();
  const ended = Promise.withResolvers<void>();
  let isClaimed = false;
  const engine = createLaneEngine<never>({
    port: {
      async claim() {
        const lanes = isClaimed ? [] : [lane];
        isClaimed = true;
        return lanes;
      },
      extend,
      release: async () => {},
    },
    handle(session) {
      begun.resolve(session);
      return ended.promise;
    },
    clock: { now: () => new Date(0), monotonicMs: () => now },
    log,
    leaseMs: 90,
    concurrency: 4,
    pollMs: 60_000,
    failurePauseMs: 1,
  });
  engine.start();
  const session = await begun.promise;
  return {
    session,
    setClock: (ms: number) => (now = ms),
    async close() {
      ended.resolve();
      await engine.stop({ timeoutMs: 0 });
    },
  };
}

test('lane engine: a heartbeat that hangs ends the lease at its time, and a stop does not wait for it', async () => {
  const asked = Promise.withResolvers<void>();
  const engine = await engineWith(() => {
    asked.resolve();
    return new Promise(() => {});
  });
  await asked.promise;
  expect(engine.session.signal.aborted).toBe(false);
  engine.setClock(91);
  await expect.poll(() => engine.session.signal.aborted).toBe(true);
  expect(() => engine.session.requireHeld(0)).toThrow('no longer held');
  await engine.close();
});

test('lane engine: after a pause of the whole process the database says whether the lane is still held', async () => {
  let beats = 0;
  const engine = await engineWith(async (lanes) => {
    beats += 1;
    return new Set(lanes.map(({ id }) => id));
  });
  await expect.poll(() => beats).toBeGreaterThanOrEqual(1);
  engine.setClock(10_000);
  const before = beats;
  await expect.poll(() => beats).toBeGreaterThan(before + 1);
  expect(engine.session.signal.aborted).toBe(false);
  await engine.close();
});
