import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectOnce } from '../connect-once.ts';
import { openStore, type Store } from '../open-store.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { listEvents } from './list-events.ts';
import { listRuns } from './list-runs.ts';
import { recordEvents } from './record-events.ts';

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

/** An event of a tenant with one run, which is a dead letter when it has an error. */
async function record(number: number, tenant: string, error: string | null = null): Promise<void> {
  const lane = uuid(1000 + number);
  const event = { tenant, source: '/s', id: `e${number}`, type: 'a.b.v1', subject: null, time: new Date(0) };
  await recordEvents(
    store,
    { lane_owner: uuid(9), lane_lease_ms: 60_000 },
    {
      events: [{ ...event, data: '{}', attributes: null, is_echo: false }],
      runs: [
        {
          id: uuid(number),
          event: 1,
          tenant,
          flow: 'f',
          flow_version: 1,
          lane_id: lane,
          key: 'k',
          upcast: null,
          isolation: 'inline',
          error,
        },
      ],
      lanes: error === null ? [{ id: lane, tenant, flow: 'f', key: 'k', pending: 1, claims: false }] : [],
    },
  );
}

const list = async (filter: Partial<Parameters<typeof listRuns>[1]> = {}) =>
  (await listRuns(store, { tenant: 'default', before: null, limit: 10, ...filter })).map(({ id }) => id);

it('listRuns: newest first, by tenant, status, event and place', async () => {
  await record(1, 'default');
  await record(2, 'default', '{"code":"x"}');
  await record(3, 'default');
  await record(4, 'acme');
  expect(await list()).toEqual([3, 2, 1].map(uuid));
  expect(await list({ before: uuid(3) })).toEqual([2, 1].map(uuid));
  expect(await list({ status: 'queued' })).toEqual([3, 1].map(uuid));
  expect(await list({ status: 'queued', before: uuid(3) })).toEqual([uuid(1)]);
  expect(await list({ status: 'running' })).toEqual([]);
  expect(await list({ status: 'dead_lettered' })).toEqual([uuid(2)]);
  expect(await list({ event: 'e2' })).toEqual([uuid(2)]);
  expect(await list({ event: 'e2', status: 'queued' })).toEqual([]);
  expect(await list({ event: 'e4' })).toEqual([]);
  expect(await list({ tenant: 'acme' })).toEqual([uuid(4)]);
});

it('listRuns: what is not finished is found without opening what is', async () => {
  await connectOnce({ url: database.ownerUrl, applicationName: 'onceover-tests' }, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits
       where inhparent = 'onceover.runs'::regclass and inhrelid <> 'onceover.runs_active'::regclass`,
    );
    expect(rows.length).toBeGreaterThan(1);
    await client.query(
      `begin; lock table ${rows.map(({ name }) => name).join(', ')} in access exclusive mode`,
    );
    for (const status of ['queued', 'waiting', 'running']) {
      expect(await list({ status })).toEqual(status === 'queued' ? [3, 1].map(uuid) : []);
    }
    await client.query('rollback');
  });
});

it('listEvents: newest first, by tenant, id and place', async () => {
  const events = async (filter: Partial<Parameters<typeof listEvents>[1]> = {}) =>
    listEvents(store, { tenant: 'default', before: null, limit: 10, ...filter });
  const all = await events();
  expect(all.map(({ id }) => id)).toEqual(['e3', 'e2', 'e1']);
  expect((await events({ before: all[0]?.seq ?? null })).map(({ id }) => id)).toEqual(['e2', 'e1']);
  expect((await events({ id: 'e2' })).map(({ id }) => id)).toEqual(['e2']);
  expect(await events({ id: 'e2', source: '/other' })).toEqual([]);
  expect(await events({ id: 'e4' })).toEqual([]);
});

it.each([
  ['runs of a tenant', `select id from onceover.runs where tenant = 'acme' order by id desc limit 10`],
  [
    'dead letters of a tenant',
    `select id from onceover.runs where tenant = 'acme' and status in ('dead_lettered', 'discarded') order by id desc limit 10`,
  ],
  ['events of a tenant', `select id from onceover.events where tenant = 'acme' order by seq desc limit 10`],
])('%s are read in their order from an index, however many others have', async (_what, query) => {
  await connectOnce({ url: database.url, applicationName: 'onceover-tests' }, async (client) => {
    await client.query('set enable_seqscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (costs off) ${query}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toMatch(/-> +(Incremental )?Sort/);
    expect(plan).toMatch(/Index Cond: \(tenant = 'acme'::text\)/);
    expect(plan).not.toMatch(/Filter/);
  });
});
