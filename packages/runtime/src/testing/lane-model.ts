import { randomUUIDv7 } from 'node:crypto';
import {
  claimRunLanes,
  extendLanes,
  isRefuted,
  recordEvents,
  releaseLane,
  saveProgress,
  type Store,
} from '@onceover/store';
import { expect } from 'vitest';
import { laneId } from '../engine/lane-id.ts';

/** The lanes of the database beside a model of them: what is claimed, by whom, in which order, and what is fenced. */

const tenant = 'default';
const lease = 60_000;
const claimer = { lane_owner: randomUUIDv7(), lane_lease_ms: lease };

interface Claim {
  lane: string;
  epoch: number;
  runs: string[];
}

export class LaneModel {
  /** Unfinished runs of each lane, in order. */
  readonly queues = new Map<string, string[]>();
  /** Who holds a lane, and whether its lease has run out. */
  readonly holders = new Map<string, { epoch: number; isExpired: boolean }>();
  readonly claims: Claim[] = [];
}

export async function enqueue(store: Store, model: LaneModel, key: string): Promise<void> {
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
export async function claim(
  store: Store,
  model: LaneModel,
  facts: { limit: number; isDead: boolean },
): Promise<void> {
  const leaseMs = facts.isDead ? 0 : lease;
  const lanes = await claimRunLanes(store, {
    limit: facts.limit,
    owner: randomUUIDv7(),
    leaseMs,
    runsPerLane: 50,
  });
  const free = [...model.queues]
    .filter(([lane, queue]) => queue.length > 0 && model.holders.get(lane)?.isExpired !== false)
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
export async function complete(
  store: Store,
  model: LaneModel,
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
        waiting: null,
      },
    ],
    runs: done.map((id) => ({
      id,
      status: 'succeeded',
      waiting_for: null,
      wake_after_ms: null,
      attempts: 1,
      error: null,
    })),
  }).catch((error: unknown) => error);
  if (!isHeld) {
    expect(isRefuted(result)).toBe(true);
    return;
  }
  held.runs = held.runs.slice(done.length);
  const left = (model.queues.get(held.lane) ?? []).filter((run) => !done.includes(run));
  model.queues.set(held.lane, left);
  if (facts.release) {
    expect(result).toEqual(left.length > 0 ? [held.lane] : []);
    model.holders.set(held.lane, { epoch: held.epoch, isExpired: true });
    // The lane is given back: writing once more under the same epoch is the worker's own mistake, not a race.
    model.claims.splice(model.claims.indexOf(held), 1);
    if (left.length === 0) model.holders.delete(held.lane);
  }
}

export async function heartbeat(store: Store, model: LaneModel): Promise<void> {
  const latest = model.claims.map(({ lane, epoch }) => ({ id: lane, epoch }));
  const kept = await extendLanes(store, latest, lease);
  const mine = model.claims.filter(({ lane, epoch }) => model.holders.get(lane)?.epoch === epoch);
  expect(kept.map(({ id }) => id).toSorted()).toEqual(mine.map(({ lane }) => lane).toSorted());
  for (const { lane, epoch } of mine) model.holders.set(lane, { epoch, isExpired: false });
}

/** Finishes what is left, so that the next interleaving begins with nothing: no run is lost, none comes twice. */
export async function drain(store: Store, model: LaneModel): Promise<void> {
  for (const [lane, { epoch }] of model.holders) await releaseLane(store, { id: lane, epoch, afterMs: 0 });
  for (const [lane, { epoch }] of model.holders) model.holders.set(lane, { epoch, isExpired: true });
  model.claims.length = 0;
  await claim(store, model, { limit: 10, isDead: false });
  for (const [index, { runs }] of [...model.claims].entries()) {
    await complete(store, model, { claim: index, count: runs.length, release: false });
  }
  for (const { lane, epoch } of model.claims) await releaseLane(store, { id: lane, epoch, afterMs: 0 });
  expect([...model.queues.values()].flat()).toEqual([]);
  const owner = randomUUIDv7();
  expect(await claimRunLanes(store, { limit: 10, owner, leaseMs: lease, runsPerLane: 1 })).toEqual([]);
}
