import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from '../open-store.ts';
import { isRefuted } from '../sql-state.ts';
import { createTestDatabase, readTable, type TestDatabase } from '../testing/index.ts';
import { findKnownEvents } from './find-known-events.ts';
import { claimRunLanes } from './claim-run-lanes.ts';
import { type RecordedEvents, recordEvents } from './record-events.ts';
import { saveProgress } from './save-progress.ts';

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

const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

const claimer = { lane_owner: uuid(9), lane_lease_ms: 60_000 };

function batch(id: string, lane: string, run: string, claims = false): RecordedEvents {
  return {
    events: [
      {
        tenant: 'default',
        source: '/s',
        id,
        type: 'a.b.v1',
        subject: null,
        time: new Date('2026-11-24T10:00:00.123Z'),
        data: '{"a":1.10}',
        attributes: null,
        is_echo: false,
      },
    ],
    runs: [
      {
        id: run,
        event: 1,
        tenant: 'default',
        flow: 'f',
        flow_version: 1,
        lane_id: lane,
        key: 'k',
        upcast: null,
        isolation: 'inline',
        error: null,
      },
    ],
    lanes: [{ id: lane, tenant: 'default', flow: 'f', key: 'k', pending: 1, claims }],
  };
}

it('recordEvents: an event, its run and its lane are stored together, a known event refutes the batch', async () => {
  const lane = uuid(1);
  await recordEvents(store, claimer, batch('e1', lane, uuid(2)));
  await recordEvents(store, claimer, batch('e2', lane, uuid(3)));
  const again = await recordEvents(store, claimer, batch('e1', lane, uuid(4))).catch(
    (error: unknown) => error,
  );
  expect(isRefuted(again)).toBe(true);
  expect(await readTable(database, 'lanes')).toMatchObject([{ id: lane, pending: 2 }]);
  const known = await findKnownEvents(store, [
    { tenant: 'default', source: '/s', id: 'e0' },
    { tenant: 'default', source: '/s', id: 'e2' },
  ]);
  expect([...known]).toEqual([1]);
});

it('a lane is claimed once, gives its runs in order, and only its epoch may finish them', async () => {
  const owner = uuid(9);
  const claim = { limit: 10, owner, leaseMs: 10_000, runsPerLane: 50 };
  const [claimed] = (await claimRunLanes(store, claim)).lanes;
  expect((await claimRunLanes(store, claim)).lanes).toEqual([]);
  if (claimed === undefined) throw new Error('no lane');
  const { lane, runs } = claimed;
  expect(runs.map(({ event_id }) => event_id)).toEqual(['e1', 'e2']);
  expect(runs[0]?.event_data).toBe('{"a":1.10}');
  const finish = (epoch: number) =>
    saveProgress(store, {
      lanes: [
        { id: lane.id, epoch, finished: 2, release: true, ready_after_ms: 0, ready_at: null, waiting: null },
      ],
      runs: runs.map(({ id }) => ({
        tenant: lane.tenant,
        id,
        status: 'succeeded',
        waiting_for: null,
        wake_after_ms: null,
        wake_at: null,
        failing_ms: null,
        attempts: 1,
        error: null,
      })),
    });
  const stale = await finish(lane.epoch - 1).catch((error: unknown) => error);
  expect(isRefuted(stale)).toBe(true);
  expect(await readTable(database, 'runs')).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
  await finish(lane.epoch);
  expect(await readTable(database, 'runs')).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }]);
  expect(await readTable(database, 'lanes')).toEqual([]);
});

it('recordEvents: a new lane may begin leased; one that is there is not taken from whoever has it', async () => {
  const lane = uuid(11);
  const first = await recordEvents(store, claimer, batch('c1', lane, uuid(12), true));
  expect(first).toEqual([{ id: lane, epoch: expect.any(Number) }]);
  expect(await recordEvents(store, claimer, batch('c2', lane, uuid(13), true))).toEqual([]);
  const [row] = (await readTable(database, 'lanes')).filter(({ id }) => id === lane);
  expect(row).toMatchObject({ pending: 2, owner: uuid(9), epoch: String(first[0]?.epoch) });
  const claim = { limit: 10, owner: uuid(10), leaseMs: 10_000, runsPerLane: 50 };
  expect((await claimRunLanes(store, claim)).lanes).toEqual([]);
});

it('recordEvents: events beyond a block of numbers have numbers of their own, in order, and their runs lead to them', async () => {
  const count = 2500;
  const one = batch('', uuid(5), uuid(6));
  const [event] = one.events ?? [];
  const [run] = one.runs ?? [];
  if (event === undefined || run === undefined) throw new Error('no batch');
  const numbers = Array.from({ length: count }, (_, index) => index);
  const many = {
    ...one,
    events: numbers.map((index) => ({ ...event, id: `many-${String(index).padStart(4, '0')}` })),
    runs: numbers.map((index) => ({ ...run, id: uuid(10_000 + index), event: index + 1 })),
    lanes: (one.lanes ?? []).map((lane) => ({ ...lane, pending: count })),
  };
  await recordEvents(store, claimer, many);
  await recordEvents(store, claimer, batch('after-many', uuid(5), uuid(7)));
  const events = (await readTable(database, 'events')).toSorted(
    (a, b) => Number(a['seq']) - Number(b['seq']),
  );
  expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
  const ids = events.map(({ id }) => String(id)).filter((id) => id.includes('many'));
  expect(ids).toEqual([...many.events.map(({ id }) => id), 'after-many']);
  const idOf = new Map(events.map(({ seq, id }) => [seq, id]));
  const ofRuns = (await readTable(database, 'runs'))
    .filter(({ lane_id: lane }) => lane === uuid(5))
    .toSorted((a, b) => Number(a['seq']) - Number(b['seq']))
    .map(({ event_seq: seq }) => idOf.get(seq));
  expect(ofRuns).toEqual(ids);
});
