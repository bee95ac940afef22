import { createServer, connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { defineQuery, type Queryable } from './define-query.ts';
import { ask, rejection } from './embedded/embedded-test-kit.fixture.ts';
import { openStore, type Store } from './open-store.ts';
import { isRetryable, sqlStateOf } from './sql-state.ts';
import { StoreError } from './store-error.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';
import { withRetry } from './with-retry.ts';
import { withTransaction } from './with-transaction.ts';

const insert = defineQuery<[id: number]>('insert-thing', 'insert into things (id) values ($1)');
const add = defineQuery<[id: number, more: number]>(
  'add-to-thing',
  'update things set n = n + $2 where id = $1',
);
const sum = defineQuery<[], { sum: number }>(
  'sum-things',
  'select coalesce(sum(n), 0)::bigint as sum from things',
);
const list = defineQuery<[], { id: number; n: number }>(
  'list-things',
  'select id, n from things order by id',
);

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase({ isMigrated: false });
  await ask(database.ownerUrl, 'create table things (id integer primary key, n integer not null default 0)');
  store = await openStore({ url: database.ownerUrl, applicationName: 'test', maxConnections: 4 });
});
beforeEach(() => ask(database.ownerUrl, 'truncate things'));
afterAll(async () => {
  await store.close();
  await database.drop();
});

it('withTransaction: commits what returns and gives its result, rolls back what throws', async () => {
  expect(
    await withTransaction(store, async (transaction) => {
      await insert.count(transaction, [1]);
      expect(await list.rows(store, [])).toEqual([]);
      return 'done';
    }),
  ).toBe('done');
  const thrown = new Error('no');
  const failing = withTransaction(store, async (transaction) => {
    await insert.count(transaction, [2]);
    throw thrown;
  });
  expect(await rejection(failing)).toBe(thrown);
  const invalid = withTransaction(store, (transaction) => insert.count(transaction, [1]));
  expect(sqlStateOf(await rejection(invalid))).toBe('23505');
  expect(await list.rows(store, [])).toEqual([{ id: 1, n: 0 }]);
  expect(store.usage().total - store.usage().idle).toBe(0);
});

it('withTransaction: an aborted transaction is rolled back, though its work returned', async () => {
  const abort = new AbortController();
  const work = async (transaction: Queryable) => {
    await insert.count(transaction, [1]);
    abort.abort();
  };
  const error = await rejection(withTransaction(store, work, { signal: abort.signal }));
  expect(StoreError.isInstance(error) && error.code).toBe('aborted');
  expect(await list.rows(store, [])).toEqual([]);
});

it('withTransaction: takes its isolation and may be read only', async () => {
  const show = defineQuery<[], { isolation: string; read_only: string }>(
    'show-transaction',
    `select current_setting('transaction_isolation') as isolation, current_setting('transaction_read_only') as read_only`,
  );
  const seen = (options?: Parameters<typeof withTransaction>[2]) =>
    withTransaction(store, (transaction) => show.one(transaction, []), options);
  expect(await seen()).toEqual({ isolation: 'read committed', read_only: 'off' });
  expect(await seen({ isolation: 'serializable', readOnly: true })).toEqual({
    isolation: 'serializable',
    read_only: 'on',
  });
});

it('withTransaction: a session that the server ended is not used again', async () => {
  const work = withTransaction(store, async (transaction) => {
    const pid = defineQuery<[], { pid: number }>('own-pid', 'select pg_backend_pid() as pid');
    const { pid: own } = await pid.one(transaction, []);
    await ask(database.ownerUrl, `select pg_terminate_backend(${own})`);
    await insert.count(transaction, [1]);
  });
  const error = await rejection(work);
  expect(StoreError.isInstance(error)).toBe(false);
  expect(await list.rows(store, [])).toEqual([]);
});

/** A proxy before the database that cuts a connection at its commit: before the server sees it, or before its answer is seen. */
async function proxyThatCuts(when: 'before' | 'after'): Promise<{ url: string } & AsyncDisposable> {
  const target = new URL(database.ownerUrl);
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    client.on('error', cut).on('close', cut);
    server.on('error', cut).on('close', cut);
    let isCommitting = false;
    client.on('data', (chunk) => {
      isCommitting = chunk.includes('commit\0');
      if (isCommitting && when === 'before') cut();
      else server.write(chunk);
    });
    // The server's answer to the commit proves that it has taken effect; it goes no further.
    server.on('data', (chunk) => (isCommitting ? cut() : client.write(chunk)));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = new URL(database.ownerUrl);
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

it.each([
  ['after the server committed', 'after', [{ id: 1, n: 0 }]],
  ['before the server saw it', 'before', []],
] as const)(
  'withTransaction: a commit whose answer was lost %s is told apart from every other error',
  async (_, when, left) => {
    await using proxy = await proxyThatCuts(when);
    const fragile = await openStore({ url: proxy.url, applicationName: 'test' });
    let runs = 0;
    const work = withRetry(() =>
      withTransaction(fragile, async (transaction) => {
        runs += 1;
        await insert.count(transaction, [1]);
      }),
    );
    const error = await rejection(work);
    expect(StoreError.isInstance(error) && error.code).toBe('commit_outcome_unknown');
    expect(isRetryable(error)).toBe(false);
    expect(runs).toBe(1);
    expect(await list.rows(store, [])).toEqual(left);
    await fragile.close();
  },
);

it('withTransaction: a commit that the server refuses is a refusal, not an unknown outcome', async () => {
  await ask(
    database.ownerUrl,
    'create table late (id integer references things (id) deferrable initially deferred)',
  );
  const late = defineQuery<[id: number]>('insert-late', 'insert into late (id) values ($1)');
  const error = await rejection(withTransaction(store, (transaction) => late.count(transaction, [404])));
  expect(sqlStateOf(error)).toBe('23503');
  await ask(database.ownerUrl, 'drop table late');
});

it('withRetry: two transactions that deadlock both end', async () => {
  await insert.count(store, [1]);
  await insert.count(store, [2]);
  const bothHoldOne = Promise.withResolvers<void>();
  let holding = 0;
  const move = (from: number, to: number) =>
    withRetry(() =>
      withTransaction(store, async (transaction) => {
        await add.count(transaction, [from, 1]);
        holding += 1;
        if (holding === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await add.count(transaction, [to, 10]);
      }),
    );
  await Promise.all([move(1, 2), move(2, 1)]);
  expect(await list.rows(store, [])).toEqual([
    { id: 1, n: 11 },
    { id: 2, n: 11 },
  ]);
  expect(holding).toBe(3);
});

it('withRetry: serializable transactions that read what the other writes both end, in some order', async () => {
  await insert.count(store, [1]);
  await insert.count(store, [2]);
  const bothHaveRead = Promise.withResolvers<void>();
  let reads = 0;
  const addSumTo = (id: number) =>
    withRetry(() =>
      withTransaction(
        store,
        async (transaction) => {
          const { sum: total } = await sum.one(transaction, []);
          reads += 1;
          if (reads === 2) bothHaveRead.resolve();
          await bothHaveRead.promise;
          await add.count(transaction, [id, total + 1]);
        },
        { isolation: 'serializable' },
      ),
    );
  await Promise.all([addSumTo(1), addSumTo(2)]);
  expect((await list.rows(store, [])).map(({ n }) => n).toSorted((a, b) => a - b)).toEqual([1, 2]);
});

it('withRetry: gives up after its attempts, and never repeats what is no conflict', async () => {
  const conflict = Object.assign(new Error('conflict'), { code: '40001' });
  const other = Object.assign(new Error('other'), { code: '23505' });
  for (const [error, expected] of [
    [conflict, 3],
    [other, 1],
  ] as const) {
    let runs = 0;
    const work = withRetry(
      async () => {
        runs += 1;
        throw error;
      },
      { attempts: 3, random: () => 0 },
    );
    expect(await rejection(work)).toBe(error);
    expect(runs).toBe(expected);
  }
});
