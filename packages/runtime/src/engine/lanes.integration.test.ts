import {
  claimRunLanes,
  extendLanes,
  isRefuted,
  openStore,
  recordEvents,
  releaseLane,
  saveProgress,
  type Store,
} from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import { randomUUIDv7 } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { laneId } from './lane-id.ts';

/** The lanes of the database against a model of them: what is claimed, by whom, in which order, and what is fenced. */

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore({ url: database.url, applicationName: 'test' });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const tenant = 'default';
const lease = 60_000;
const claimer = { lane_owner: randomUUIDv7(), lane_lease_ms: lease };

interface Claim {
  lane: string;
  epoch: number;
  runs: string[];
}

class Model {
  /** Unfinished runs of each lane, in order; a lane is there until it is given back with none. */
  readonly queues = new Map<string, string[]>();
  /** Who holds a lane, and whether its lease has run out. */
  readonly holders = new Map<string, { epoch: number; isExpired: boolean }>();
  readonly claims: Claim[] = [];
}

async function enqueue(model: Model, key: string): Promise<void> {
  const lane = laneId({ kind: 'run', tenant, flow: 'model', key });
  const run = randomUUIDv7();
  await recordEvents(store, claimer, {
    events: [
      {
        tenant,
        source: '/model',
        id: run,
        type: 'a.b.v1',
        subject: null,
        time: new Date(0),
        data: '{}',
        attributes: null,
        is_echo: false,
      },
    ],
    runs: [
      {
        id: run,
        event: 1,
        tenant,
        flow: 'model',
        flow_version: 1,
        lane_id: lane,
        key,
        upcast: null,
        isolation: 'inline',
        error: null,
      },
    ],
    lanes: [{ id: lane, tenant, flow: 'model', key, pending: 1, claims: false }],
  });
  model.queues.set(lane, [...(model.queues.get(lane) ?? []), run]);
}

/** Claims, and checks that it got exactly lanes that were free, each with its runs in order. */
async function claim(model: Model, facts: { limit: number; isDead: boolean }): Promise<void> {
  const leaseMs = facts.isDead ? 0 : lease;
  const { lanes } = await claimRunLanes(store, {
    limit: facts.limit,
    owner: randomUUIDv7(),
    leaseMs,
    runsPerLane: 50,
  });
  const free = [...model.queues]
    .filter(([lane]) => model.holders.get(lane)?.isExpired !== false)
    .map(([lane]) => lane);
  expect(lanes.length).toBe(Math.min(facts.limit, free.length));
  for (const { lane, runs } of lanes) {
    const { id, epoch } = lane;
    expect(free).toContain(id);
    expect(epoch).toBeGreaterThan(model.holders.get(id)?.epoch ?? 0);
    const own = runs.map((run) => run.id);
    expect(own).toEqual(model.queues.get(id));
    model.holders.set(id, { epoch, isExpired: facts.isDead });
    model.claims.push({ lane: id, epoch, runs: own });
  }
}

/** Finishes the first runs of a claim, also of one that was lost since: then nothing may change. */
async function complete(
  model: Model,
  facts: { claim: number; count: number; release: boolean },
): Promise<void> {
  const held = model.claims[facts.claim % Math.max(1, model.claims.length)];
  if (held === undefined) return;
  const isHeld = model.holders.get(held.lane)?.epoch === held.epoch;
  const done = held.runs.slice(0, facts.count);
  const result = await saveProgress(store, {
    lanes: [
      {
        id: held.lane,
        epoch: held.epoch,
        finished: done.length,
        release: facts.release,
        ready_after_ms: 0,
        ready_at: null,
        waiting: null,
      },
    ],
    runs: done.map((id) => ({
      tenant,
      id,
      status: 'succeeded',
      waiting_for: null,
      wake_after_ms: null,
      wake_at: null,
      failing_ms: null,
      attempts: 1,
      error: null,
    })),
  }).catch((error: unknown) => error);
  expect(isRefuted(result)).toBe(!isHeld);
  if (!isHeld) return;
  held.runs = held.runs.slice(done.length);
  const left = (model.queues.get(held.lane) ?? []).filter((run) => !done.includes(run));
  model.queues.set(held.lane, left);
  expect(result).toEqual(facts.release && left.length > 0 ? [held.lane] : []);
  if (facts.release) {
    model.holders.set(held.lane, { epoch: held.epoch, isExpired: true });
    // The lane is given back: writing once more under the same epoch is the worker's own mistake, not a race.
    model.claims.splice(model.claims.indexOf(held), 1);
    if (left.length > 0) return;
    model.holders.delete(held.lane);
    model.queues.delete(held.lane);
  }
}

async function heartbeat(model: Model): Promise<void> {
  const latest = model.claims.map(({ lane, epoch }) => ({ id: lane, epoch }));
  const kept = await extendLanes(store, latest, lease);
  const mine = model.claims.filter(({ lane, epoch }) => model.holders.get(lane)?.epoch === epoch);
  expect(kept.map(({ id }) => id).toSorted()).toEqual(mine.map(({ lane }) => lane).toSorted());
  for (const { lane, epoch } of mine) model.holders.set(lane, { epoch, isExpired: false });
}

const command = fc.oneof(
  fc.record({ kind: fc.constant('enqueue' as const), key: fc.constantFrom('a', 'b', 'c') }),
  fc.record({
    kind: fc.constant('claim' as const),
    limit: fc.integer({ min: 1, max: 3 }),
    isDead: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('complete' as const),
    claim: fc.nat(20),
    count: fc.nat(3),
    release: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('heartbeat' as const) }),
);

test('lanes: any interleaving of claims, completions, heartbeats and dead workers keeps order, one holder, and no write of a loser', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 25 }), async (commands) => {
      const model = new Model();
      for (const one of commands) {
        if (one.kind === 'enqueue') await enqueue(model, one.key);
        else if (one.kind === 'claim') await claim(model, one);
        else if (one.kind === 'complete') await complete(model, one);
        else await heartbeat(model);
      }
      await drain(model);
    }),
    { numRuns: 40 },
  );
}, 120_000);

/** Finishes what is left, so that the next interleaving begins with nothing: no run is lost, none comes twice. */
async function drain(model: Model): Promise<void> {
  for (const [lane, { epoch }] of model.holders) await releaseLane(store, { id: lane, epoch, afterMs: 0 });
  for (const [lane, { epoch }] of model.holders) model.holders.set(lane, { epoch, isExpired: true });
  for (const [lane, queue] of model.queues) if (queue.length === 0) model.queues.delete(lane);
  model.claims.length = 0;
  await claim(model, { limit: 10, isDead: false });
  for (const [index, { runs }] of [...model.claims].entries()) {
    await complete(model, { claim: index, count: runs.length, release: false });
  }
  for (const { lane, epoch } of model.claims) await releaseLane(store, { id: lane, epoch, afterMs: 0 });
  expect([...model.queues.values()].flat()).toEqual([]);
  const owner = randomUUIDv7();
  const rest = await claimRunLanes(store, { limit: 10, owner, leaseMs: lease, runsPerLane: 1 });
  expect(rest.lanes).toEqual([]);
}
