import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { defineQuery } from './define-query.ts';
import { ask, rejection } from './embedded/embedded-test-kit.fixture.ts';
import { openStore, type Store } from './open-store.ts';
import { sqlStateOf } from './sql-state.ts';
import { StoreError } from './store-error.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';
import { withTransaction } from './with-transaction.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase({ isMigrated: false });
  store = await openStore({ url: database.url, applicationName: 'onceover-test', maxConnections: 3 });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

it('openStore: a value becomes JavaScript without losing anything', async () => {
  const types = defineQuery<[], Record<string, unknown>>(
    'all-types',
    `select 9007199254740991::bigint as big, array[1, null, -9007199254740991]::bigint[] as bigs, '{}'::bigint[] as none,
       7 as int, 0.10::numeric as numeric, '2026-03-29'::date as date,
       '2026-11-24T10:00:00.123+02:00'::timestamptz as at, '\\x00ff'::bytea as bytes,
       '{"amount": 12345678901234567890.10}'::jsonb as jsonb, '{"a":  1e400}'::json as json,
       '01890a5d-ac96-774b-bcce-b302099a8057'::uuid as uuid, null::bigint as missing, true as yes`,
  );
  expect(await types.one(store, [])).toEqual({
    big: 9007199254740991,
    bigs: [1, null, -9007199254740991],
    none: [],
    int: 7,
    numeric: '0.10',
    date: '2026-03-29',
    at: new Date('2026-11-24T08:00:00.123Z'),
    bytes: Buffer.of(0, 255),
    jsonb: '{"amount": 12345678901234567890.10}',
    json: '{"a":  1e400}',
    uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
    missing: null,
    yes: true,
  });
});

it('openStore: a bigint that no number holds fails its query, and the connection goes on', async () => {
  const tooBig = defineQuery<[], { big: number }>('too-big', 'select 9007199254740993::bigint as big');
  expect(String(await rejection(tooBig.one(store, [])))).toContain('9007199254740993 does not fit');
  const fine = defineQuery<[], { one: number }>('fine', 'select 1::bigint as one');
  expect(await fine.one(store, [])).toEqual({ one: 1 });
});

it('defineQuery: rows, the only row, perhaps a row, a count', async () => {
  const series = defineQuery<[last: number], { n: number }>(
    'series',
    'select n from generate_series(1, $1::int) n',
  );
  expect(await series.rows(store, [3])).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(await series.one(store, [1])).toEqual({ n: 1 });
  expect(await series.maybeOne(store, [0])).toBeUndefined();
  expect(await series.count(store, [5])).toBe(5);
  const wrongs = [
    () => series.one(store, [0]),
    () => series.one(store, [2]),
    () => series.maybeOne(store, [2]),
  ];
  for (const wrong of wrongs) {
    const error = await rejection(wrong());
    expect(StoreError.isInstance(error) && error.code).toBe('row_count');
    expect(String(error)).toContain('series');
  }
});

it('defineQuery: a connection prepares a query once, under its name', async () => {
  const named = defineQuery<[], { name: string; generic: number }>(
    'prepared-once',
    `select name, (generic_plans + custom_plans)::int as generic from pg_prepared_statements where name = 'prepared-once'`,
  );
  const rows = await withTransaction(store, async (transaction) => {
    await named.one(transaction, []);
    return named.rows(transaction, []);
  });
  expect(rows).toEqual([{ name: 'prepared-once', generic: expect.any(Number) }]);
});

it('openStore: the server ends a statement and an idle transaction that take too long, and the store goes on', async () => {
  const lost: Error[] = [];
  const hasty = await openStore({
    url: database.url,
    applicationName: 'test',
    maxConnections: 1,
    statementTimeoutMs: 100,
    idleInTransactionTimeoutMs: 100,
    onConnectionLost: (error) => lost.push(error),
  });
  const sleep = defineQuery<[seconds: number], { done: boolean }>(
    'sleep',
    'select pg_sleep($1::float8) is not null as done',
  );
  expect(sqlStateOf(await rejection(sleep.one(hasty, [30])))).toBe('57014');
  const idle = withTransaction(hasty, async (transaction) => {
    await sleep.one(transaction, [0]);
    // The server ends the session: the other store sees it leave.
    const name = `select count(*)::int as count from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`;
    while ((await ask<{ count: number }>(database.ownerUrl, name)).count > 0);
    await sleep.one(transaction, [0]);
  });
  await rejection(idle);
  expect(await sleep.one(hasty, [0])).toEqual({ done: true });
  expect(hasty.usage()).toEqual({ total: 1, idle: 1, waiting: 0 });
  await hasty.close();
});

it('openStore: an idle connection that the server ends is told and replaced', async () => {
  const lost = Promise.withResolvers<Error>();
  const watched = await openStore({
    url: database.url,
    applicationName: 'watched',
    onConnectionLost: lost.resolve,
  });
  await ask(
    database.ownerUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'watched'`,
  );
  const error = await lost.promise;
  expect(String(error)).toContain('terminating connection');
  // The connection itself, with its settings and statements, is nothing for a log.
  expect(error).not.toHaveProperty('client');
  expect(await defineQuery<[], { one: number }>('one', 'select 1 as one').one(watched, [])).toEqual({
    one: 1,
  });
  await watched.close();
  await watched.close();
});

it('openStore: says which database cannot be reached and why, and never a password', async () => {
  const { hostname, port } = new URL(database.url);
  const attempts: [string, RegExp][] = [
    ['postgres://me:very-secret@127.0.0.1:1/mine', /database mine at 127\.0\.0\.1:1 as me: .*ECONNREFUSED/],
    [
      `postgres://nobody:very-secret@${hostname}:${port}/${database.name}`,
      /as nobody: .*password authentication failed/,
    ],
    [database.url.replace(database.name, 'no_such_database'), /no_such_database.*does not exist/],
    ['very-secret', /cannot be read.*postgres:\/\/user:password@host/],
  ];
  for (const [url, words] of attempts) {
    const error = await rejection(openStore({ url, applicationName: 'test', connectTimeoutMs: 5_000 }));
    expect(StoreError.isInstance(error) && error.code).toBe('database_unreachable');
    expect(String(error)).toMatch(words);
    expect(String(error)).not.toContain('very-secret');
    expect(String(error)).not.toContain(new URL(database.url).password);
  }
});

it('openStore: gives up when its signal fires, before and while it connects', async () => {
  const before = await rejection(
    openStore({ url: database.url, applicationName: 'test', signal: AbortSignal.abort() }),
  );
  const abort = new AbortController();
  const during = rejection(openStore({ url: database.url, applicationName: 'test', signal: abort.signal }));
  abort.abort();
  for (const error of [before, await during]) {
    expect(StoreError.isInstance(error) && error.code).toBe('aborted');
  }
});

it('a test database is a copy of its own, and goes with its connections open', async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const open = await openStore({ url: first.url, applicationName: 'test' });
  expect(first.name).not.toBe(second.name);
  await ask(first.ownerUrl, 'create table onceover.only_here (id integer)');
  expect(await ask(second.ownerUrl, `select to_regclass('onceover.only_here') as found`)).toEqual({
    found: null,
  });
  await first.drop();
  await first.drop();
  await second[Symbol.asyncDispose]();
  await open.close();
  const names = [first.name, second.name].map((name) => `'${name}'`).join();
  const left = await ask(
    inject('onceoverPostgres').ownerUrl,
    `select count(*)::int as count from pg_database where datname in (${names})`,
  );
  expect(left).toEqual({ count: 0 });
});
