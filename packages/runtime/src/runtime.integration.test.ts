import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '@onceover/store';
import { createRig, paidInvoice, type Rig } from './testing/create-rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

test('runtime: an event becomes a run, a durable intent, an effect at the vendor, a link and an outcome', async () => {
  const { runtime } = await rig.runner();
  const answer = await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  expect(answer).toEqual({ events: [{ id: 'a1', source: '/tests', duplicate: false }] });
  await runtime.idle();
  const { items } = await runtime.listRuns({ tenant: 'default', expandSteps: true });
  expect(items).toEqual([
    {
      id: expect.any(String),
      tenant: 'default',
      flow: 'invoice-paid',
      flowVersion: 1,
      status: 'succeeded',
      waitingFor: null,
      key: 'ada@example.com',
      event: {
        id: 'a1',
        source: '/tests',
        type: 'billing.invoice-paid.v1',
        time: '2026-11-24T10:00:00.000Z',
      },
      attempts: 1,
      isolation: 'inline',
      createdAt: expect.any(String),
      finishedAt: expect.any(String),
      error: null,
      steps: [
        {
          id: 'contact',
          status: 'succeeded',
          effects: [
            {
              id: expect.any(String),
              connection: 'crm',
              operation: 'crm.contacts.upsert',
              naturalKey: 'ada@example.com',
              outcome: 'created',
              guarantee: 'naturalKey',
              class: 'A',
              attempts: 1,
              revision: 0,
              vendorId: 'v1',
              error: null,
            },
          ],
        },
      ],
    },
  ]);
  expect(await runtime.getRun({ tenant: 'default', id: items[0]?.id ?? '' })).toEqual(items[0]);
  expect(await runtime.getRun({ tenant: 'other', id: items[0]?.id ?? '' })).toBeUndefined();
  expect(await rig.rows('links')).toMatchObject([
    { resource: 'fake.records', natural_key: 'ada@example.com', vendor_id: 'v1' },
  ]);
  // Nothing is left behind: the lane is gone, and the bytes that were sent with people's data in them.
  expect(await rig.rows('lanes')).toEqual([]);
  expect(await rig.rows('effects')).toMatchObject([{ write: null, reads: null }]);
});

test('runtime: the audit log has one line for each change, and one terminal line for each run', async () => {
  const { runtime } = await rig.runner();
  const envelopes = [paidInvoice('a1'), paidInvoice('a2'), paidInvoice('a3', 'grace@example.com')];
  await runtime.acceptEvents({ tenant: 'default', envelopes });
  await runtime.idle();
  const kinds = Object.groupBy(await rig.entries(), ({ kind }) => kind);
  const counts = Object.fromEntries(Object.entries(kinds).map(([kind, all]) => [kind, all?.length]));
  expect(counts).toEqual({
    'event-recorded': 3,
    'effect-intended': 3,
    'effect-concluded': 3,
    'run-finished': 3,
  });
  const runs = await rig.rows('runs');
  expect(new Set(kinds['run-finished']?.map(({ subject }) => subject))).toEqual(
    new Set(runs.map(({ id }) => id)),
  );
});

test('runtime: lists give pages, newest first, and filter', async () => {
  const { runtime } = await rig.runner();
  for (const id of ['a1', 'a2', 'a3']) {
    await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice(id, `${id}@example.com`)] });
  }
  await runtime.idle();
  const tenant = 'default';
  const first = await runtime.listRuns({ tenant, limit: 2 });
  expect(first.items.map(({ event }) => event.id)).toEqual(['a3', 'a2']);
  const second = await runtime.listRuns({ tenant, limit: 2, cursor: first.next ?? '' });
  expect(second.items.map(({ event }) => event.id)).toEqual(['a1']);
  expect(second.next).toBeNull();
  const ids = async (query: object) =>
    (await runtime.listRuns({ tenant, ...query })).items.map(({ event }) => event.id);
  expect(await ids({ event: 'a2', source: '/tests' })).toEqual(['a2']);
  expect(await ids({ key: 'a1@example.com' })).toEqual(['a1']);
  expect(await ids({ status: 'succeeded', flow: 'invoice-paid' })).toHaveLength(3);
  expect(await ids({ status: 'dead_lettered' })).toEqual([]);
  expect(await ids({ tenant: 'other' })).toEqual([]);
  const events = await runtime.listEvents({ tenant, limit: 1 });
  expect(events.items).toMatchObject([{ specversion: '1.0', id: 'a3', echo: false }]);
  expect(events.next).not.toBeNull();
  await expect(runtime.listRuns({ tenant, cursor: 'nonsense' })).rejects.toMatchObject({
    code: 'cursor_invalid',
  });
});

test('runtime: counters tell what happened', async () => {
  const { runtime } = await rig.runner();
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect(await runtime.counters()).toEqual([
    { name: 'events', label: 'billing.invoice-paid.v1', value: 1 },
    { name: 'runs', label: 'succeeded', value: 1 },
    { name: 'effects', label: 'created', value: 1 },
  ]);
});

test('runtime: what is only shown is read by connections of its own, so that slow lists hold up nothing', async () => {
  const open = { url: rig.database.url, applicationName: 'test', statements: 'rare' } as const;
  const opened = await openStore({ ...open, maxConnections: 1 });
  const read: string[] = [];
  const hangs = Promise.withResolvers<never>();
  const lists: typeof opened = {
    ...opened,
    query(statement) {
      read.push(statement.name);
      return statement.name === 'count-everything' ? hangs.promise : opened.query(statement);
    },
  };
  const { runtime } = await rig.runner({ lists });
  const counted = runtime.counters().catch((error: unknown) => error);
  await runtime.acceptEvents({ tenant: 'default', envelopes: [paidInvoice('a1')] });
  await runtime.idle();
  expect((await runtime.listRuns({ tenant: 'default' })).items).toMatchObject([{ status: 'succeeded' }]);
  await runtime.listEvents({ tenant: 'default' });
  await runtime.listLanes({ tenant: 'default' });
  await runtime.listQuarantine({ tenant: 'default' });
  expect(read).toEqual(['count-everything', 'list-runs', 'list-events', 'list-lanes', 'list-quarantine']);
  hangs.reject(new Error('too slow'));
  expect(await counted).toEqual(new Error('too slow'));
  await opened.close();
});
