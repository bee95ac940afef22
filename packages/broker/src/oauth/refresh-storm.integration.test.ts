import { once } from 'node:events';
import { findGrant, openStore } from '@onceover/store';
import { createTestDatabase, readTable, type TestDatabase } from '@onceover/store/testing';
import { describe, expect, type TestContext, test, vi } from 'vitest';
import type { Broker } from '../create-broker.ts';
import type { OAuthProfile } from '../testing/oauth-vendor.fixture.ts';
import { openRefreshStorm, type RefreshStorm, runRefreshStorm } from '../testing/refresh-storm.fixture.ts';

// Processes are started and leases run out: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 90_000 });

type OnFinished = TestContext['onTestFinished'];

/** Not `await using`: a test whose time is over never reaches its end, and a stopped process would stay. */
async function openDatabase(onTestFinished: OnFinished) {
  const opened = new AsyncDisposableStack();
  onTestFinished(() => opened.disposeAsync());
  return { opened, database: opened.use(await createTestDatabase()) };
}

async function open(
  onTestFinished: OnFinished,
  options: Omit<Parameters<typeof openRefreshStorm>[0], 'databaseUrl'>,
): Promise<RefreshStorm & { database: TestDatabase }> {
  const { opened, database } = await openDatabase(onTestFinished);
  const storm = opened.use(await openRefreshStorm({ databaseUrl: database.url, ...options }));
  return { ...storm, database };
}

test.concurrent('three processes, twenty callers each, clocks a minute apart: one token call for each expiry', async ({
  onTestFinished,
}) => {
  const { database } = await openDatabase(onTestFinished);
  const result = await runRefreshStorm({ databaseUrl: database.url, processes: 3, callers: 20, rounds: 5 });
  expect(result).toEqual({
    rounds: 5,
    wrongRounds: [],
    tokenCalls: 5,
    revokedFamilies: 0,
    statuses: { 200: 3 * 20 * 5 },
  });
});

async function statusOf(broker: Broker): Promise<string> {
  const { reply } = await broker.call({
    tenant: 'default',
    connection: 'billing',
    operation: 'probe.read',
    mode: 'execute',
    input: { requests: [{ method: 'GET', path: '/orders/1' }] },
    signal: AbortSignal.timeout(20_000),
  });
  return /"code":"([^"]+)"|"status":(\d+)/.exec(JSON.stringify(reply))?.slice(1).join('') ?? '';
}

test.concurrent.for<
  [name: string, profile: OAuthProfile, when: 'answered' | 'asked', status: string, grant: string]
>([
  ['after the answer, at a strict vendor', {}, 'answered', 'needs_reauthorization', 'needs_reauthorization'],
  ['after the answer, within a vendor’s grace', { graceSeconds: 600 }, 'answered', '200', 'authorized'],
  ['after the answer, where tokens do not rotate', { rotates: false }, 'answered', '200', 'authorized'],
  ['before the vendor has worked on it', {}, 'asked', '200', 'authorized'],
])(
  'a runner killed in a refresh, %s: recovers, or says what to do',
  async ([, profile, when, status, grant], { onTestFinished }) => {
    const storm = await open(onTestFinished, { profile, leaseMs: 3000 });
    const { vendor, broker, database } = storm;
    const caller = await storm.startCaller({ atStore: when === 'answered' ? 'SIGKILL' : undefined });
    const died = once(caller.child, 'exit');
    vendor.expireAccessTokens();
    if (when === 'asked') {
      vendor.onTokenRequest = () => {
        vendor.onTokenRequest = undefined;
        caller.child.kill('SIGKILL');
        return false;
      };
    }
    await expect(caller.call(5)).rejects.toThrow(/SIGKILL/);
    expect(await died).toEqual([null, 'SIGKILL']);
    expect(await statusOf(broker)).toBe(status);
    const store = await openStore({ url: database.url, applicationName: 'test' });
    expect((await findGrant(store, 'billing'))?.status).toBe(grant);
    await store.close();
  },
);

describe.concurrent('a runner that was stopped between the vendor’s answer and its store, past its lease', () => {
  const stopped = async (onTestFinished: OnFinished, profile: OAuthProfile) => {
    const storm = await open(onTestFinished, { profile, leaseMs: 1500 });
    const caller = await storm.startCaller({ atStore: 'SIGSTOP' });
    storm.vendor.expireAccessTokens();
    const answered = Promise.withResolvers<void>();
    storm.vendor.onTokenAnswer = answered.resolve;
    const call = caller.call(1);
    await answered.promise;
    const goOn = async () => {
      caller.child.kill('SIGCONT');
      return call;
    };
    return { ...storm, goOn };
  };
  const grantOf = async ({ store }: Pick<RefreshStorm, 'store'>) => findGrant(store, 'billing');

  test('its answer is kept beside the one in use, and found when that one is refused', async ({
    onTestFinished,
  }) => {
    const storm = await stopped(onTestFinished, { graceSeconds: 600 });
    expect(await statusOf(storm.broker)).toBe('200');
    expect(await grantOf(storm)).toMatchObject({ version: 2, lastVersion: 2 });
    expect(await storm.goOn()).toEqual({ 200: 1 });
    expect(await grantOf(storm)).toMatchObject({ version: 2, lastVersion: 3, status: 'authorized' });
    storm.vendor.expireAccessTokens();
    storm.vendor.faults.push({ status: 400, body: { error: 'invalid_grant' } });
    expect(await statusOf(storm.broker)).toBe('200');
    expect(await grantOf(storm)).toMatchObject({ version: 4, status: 'authorized' });
    const sets = await readTable(storm.database, 'token_sets');
    expect(
      sets.map(({ version, refreshed_from: from, refused_at: at }) => [version, from, at !== null]),
    ).toEqual(
      expect.arrayContaining([
        [2, 1, true],
        [3, 1, false],
        [4, 3, false],
      ]),
    );
  });

  test('its answer is the only live one: the connection that had been given up works again', async ({
    onTestFinished,
  }) => {
    const storm = await stopped(onTestFinished, {});
    storm.vendor.faults.push({ status: 400, body: { error: 'invalid_grant' } });
    expect(await statusOf(storm.broker)).toBe('needs_reauthorization');
    expect(await storm.goOn()).toEqual({ 200: 1 });
    expect(await grantOf(storm)).toMatchObject({ version: 2, status: 'authorized', reason: null });
    expect(await statusOf(storm.broker)).toBe('200');
  });

  test('a strict vendor has ended the family meanwhile: it says so again, and is never silent', async ({
    onTestFinished,
  }) => {
    const storm = await stopped(onTestFinished, {});
    expect(await statusOf(storm.broker)).toBe('needs_reauthorization');
    expect(await storm.goOn()).toEqual({ http_401: 1 });
    expect(await statusOf(storm.broker)).toBe('needs_reauthorization');
    expect(await grantOf(storm)).toMatchObject({ version: 2, status: 'needs_reauthorization' });
  });
});
