import { advanceGrant, claimRefresh, findGrant, postponeRefresh } from '@onceover/store';
import { readTable } from '@onceover/store/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type OAuthKit, openOAuthKit } from '../testing/oauth-kit.fixture.ts';

let kit: OAuthKit;
afterEach(() => kit?.[Symbol.asyncDispose]());

const refreshes = () => kit.vendor.tokenCalls.filter(({ grantType }) => grantType === 'refresh_token');
const grant = async () => {
  const row = await findGrant(kit.store, 'billing');
  if (row === undefined) throw new Error('there is no grant');
  return row;
};

/** Time passes by the database's clock: what is left until expiry and until the refresh in advance. */
async function leave(expiresInSeconds: number, refreshInSeconds: number): Promise<void> {
  const { version } = await grant();
  await advanceGrant(kit.store, {
    connection: 'billing',
    version,
    isInUse: true,
    epoch: -1,
    expiresInSeconds,
    refreshInSeconds,
  });
}

/** The token endpoint may be asked again. */
async function pause(): Promise<void> {
  const { epoch } = await grant();
  await postponeRefresh(kit.store, { connection: 'billing', epoch, afterMs: 0, failure: 'test' });
}

describe('one runner at a time', () => {
  test('many callers of several runners meet an expired token: one token call', async () => {
    kit = await openOAuthKit({ rotates: true });
    const brokers = [kit.broker, await kit.openBroker(), await kit.openBroker()];
    await kit.connect();
    for (let round = 1; round <= 3; round += 1) {
      kit.vendor.expireAccessTokens();
      const callers = Array.from({ length: 60 }, (_, index) => kit.status(brokers[index % 3]));
      expect(new Set(await Promise.all(callers))).toEqual(new Set([200]));
      expect(refreshes()).toHaveLength(round);
    }
    expect(kit.vendor.revokedFamilies).toBe(0);
  });

  test('a token that has expired by the database’s clock is refreshed before it is used', async () => {
    kit = await openOAuthKit();
    await kit.connect();
    await leave(-1, -1);
    expect(await kit.status()).toBe(200);
    expect(refreshes()).toHaveLength(1);
    expect(kit.vendor.apiCalls.map(({ status }) => status)).toEqual([200]);
  });

  test('past 80 % of its life a token is refreshed while it is used on', async () => {
    const refresh = { rotates: 'always', oldAccessDies: false, graceSeconds: 0 } as const;
    kit = await openOAuthKit({ accessSeconds: 1000 }, { random: () => 0.5, auth: { refresh } });
    await kit.connect();
    const { expiresInMs, refreshInMs } = await grant();
    expect(Math.round(((refreshInMs ?? 0) / (expiresInMs ?? 1)) * 100)).toBe(80);
    const answered = Promise.withResolvers<void>();
    kit.vendor.onTokenAnswer = () => answered.promise;
    await leave(200, -1);
    // The token endpoint has not answered, and calls go out.
    expect(await kit.status()).toBe(200);
    answered.resolve();
    await kit.broker.close();
    expect(refreshes()).toHaveLength(1);
    expect((await grant()).version).toBe(2);
  });

  test('a runner that waits for another one’s refresh takes over when that one’s lease is over', async () => {
    kit = await openOAuthKit({}, { refreshLeaseMs: 2000 });
    await kit.connect();
    const { version } = await grant();
    const owner = crypto.randomUUID();
    await claimRefresh(kit.store, { connection: 'billing', version, owner, leaseMs: 300 });
    kit.vendor.expireAccessTokens();
    expect(await kit.status()).toBe(200);
    expect(await grant()).toMatchObject({ version: 2, epoch: 2 });
  });
});

describe('one 401, one refresh, one retry', () => {
  test('a write that was answered 401 goes again: the same bytes, the same key, another token', async () => {
    kit = await openOAuthKit();
    await kit.connect();
    kit.vendor.expireAccessTokens();
    const requests = [{ method: 'POST', path: '/orders', json: { number: '7' } }];
    const { write } = await kit.call(kit.broker, {
      operation: 'probe.write',
      input: undefined as never, // A write has records instead.
      records: [{ record: { requests }, naturalKey: '7', effectKey: 'effect-7' }],
    });
    expect(write).toMatchObject({ state: 'answered', answer: { status: 200 } });
    const [first, second, ...more] = kit.vendor.apiCalls;
    expect(more).toEqual([]);
    expect([first?.status, second?.status]).toEqual([401, 200]);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(second?.headers.authorization).not.toBe(first?.headers.authorization);
  });

  test('a token that is refused although it is new is not refreshed again and again', async () => {
    kit = await openOAuthKit();
    await kit.connect();
    // Nothing that this server gives is accepted.
    kit.vendor.onTokenAnswer = () => kit.vendor.expireAccessTokens();
    kit.vendor.expireAccessTokens();
    expect([await kit.status(), await kit.status(), await kit.status()]).toEqual(Array(3).fill('http_401'));
    expect(refreshes()).toHaveLength(1);
    expect((await grant()).status).toBe('authorized');
  });

  test('what was refused here for a while may have been refreshed elsewhere', async () => {
    kit = await openOAuthKit({}, { cacheTtlMs: 60_000 });
    await kit.connect();
    kit.vendor.onTokenAnswer = () => kit.vendor.expireAccessTokens();
    kit.vendor.expireAccessTokens();
    expect(await kit.status()).toBe('http_401');
    kit.vendor.onTokenAnswer = undefined;
    expect(await kit.status()).toBe('http_401');
    expect(await kit.status(await kit.openBroker())).toBe(200);
    expect(await kit.status()).toBe(200);
    expect(refreshes()).toHaveLength(2);
  });

  test('a token of a refresh in advance may have ended when it arrives: it is refreshed once more', async () => {
    const refresh = { rotates: 'always', oldAccessDies: false, graceSeconds: 0 } as const;
    kit = await openOAuthKit({ accessSeconds: 1000 }, { auth: { refresh } });
    await kit.connect();
    const answered = Promise.withResolvers<void>();
    const made = Promise.withResolvers<void>();
    kit.vendor.onTokenAnswer = () => {
      made.resolve();
      return answered.promise;
    };
    await leave(200, -1);
    expect(await kit.status()).toBe(200);
    await made.promise;
    kit.vendor.expireAccessTokens();
    const later = kit.status();
    await vi.waitFor(() => expect(kit.vendor.apiCalls.at(-1)?.status).toBe(401));
    kit.vendor.onTokenAnswer = undefined;
    answered.resolve();
    expect(await later).toBe(200);
    expect(refreshes()).toHaveLength(2);
  });

  test('where a refresh ends the old token, nobody goes out with it while it is refreshed', async () => {
    kit = await openOAuthKit({ oldAccessDies: true });
    await kit.connect();
    const other = await kit.openBroker({ cacheTtlMs: 60_000 });
    expect(await kit.status(other)).toBe(200);
    await leave(200, -1);
    expect(await Promise.all(Array.from({ length: 10 }, () => kit.status()))).toEqual(Array(10).fill(200));
    // Another runner still has the old one: its 401 leads to the token that there is by now.
    expect(await kit.status(other)).toBe(200);
    expect(refreshes()).toHaveLength(1);
    expect(kit.vendor.apiCalls.filter(({ status }) => status === 401)).toHaveLength(1);
  });
});

describe('trouble at the token endpoint is no revocation', () => {
  test.for([
    ['a rate limit', { status: 429, headers: { 'retry-after': '7' } }, 'token_endpoint_busy'],
    ['a 503', { status: 503 }, 'token_endpoint_failed'],
    ['a page', { status: 400, body: 'please wait' }, 'token_endpoint_refused'],
    ['our client refused', { status: 401, body: { error: 'invalid_client' } }, 'client_refused'],
    ['no token in the answer', { status: 200, body: { ok: true } }, 'token_answer'],
  ] as const)('%s: tried later', async ([, fault, code]) => {
    kit = await openOAuthKit();
    await kit.connect();
    await leave(-1, -1);
    kit.vendor.faults.push({ ...fault });
    expect(await kit.status()).toBe(code);
    const { status, retryInMs, failures } = await grant();
    expect([status, failures]).toEqual(['authorized', 1]);
    expect(retryInMs).toBeGreaterThan(fault.status === 429 ? 6000 : 0);
    // Nobody asks meanwhile; callers are told when.
    expect(await kit.status()).toBe('token_endpoint_trouble');
    expect(kit.vendor.tokenCalls).toHaveLength(2);
    await pause();
    expect(await kit.status()).toBe(200);
    expect(await grant()).toMatchObject({ version: 2, failures: 0 });
  });

  test('a token that still holds is used on while the endpoint is down', async () => {
    kit = await openOAuthKit();
    await kit.connect();
    await leave(200, -1);
    kit.vendor.faults.push({ status: 503 });
    expect([await kit.status(), await kit.status()]).toEqual([200, 200]);
  });

  test('an answer that was lost: within the vendor’s grace the same refresh token works again', async () => {
    kit = await openOAuthKit({ graceSeconds: 60 });
    await kit.connect();
    await leave(-1, -1);
    kit.vendor.faults.push({ drop: 'after' });
    expect(await kit.status()).toBe('connection_lost');
    await pause();
    expect(await kit.status()).toBe(200);
    expect((await grant()).status).toBe('authorized');
  });

  test('an answer that was lost at a strict vendor: the connection says that it must be authorised again', async () => {
    kit = await openOAuthKit();
    await kit.connect();
    await leave(-1, -1);
    kit.vendor.faults.push({ drop: 'after' });
    expect(await kit.status()).toBe('connection_lost');
    await pause();
    expect(await kit.status()).toBe('needs_reauthorization');
    expect(await grant()).toMatchObject({ status: 'needs_reauthorization', reason: 'invalid_grant' });
    const { reply } = await kit.call();
    expect(JSON.stringify(reply)).toContain('Authorise it again: onceover connect billing');
    // Nobody asks the vendor any more.
    const { length } = kit.vendor.tokenCalls;
    await kit.status();
    expect(kit.vendor.tokenCalls).toHaveLength(length);
    expect(await kit.connect()).toBeNull();
    expect(await kit.status()).toBe(200);
    const kinds = (await readTable(kit.database, 'audit_entries')).map(({ kind }) => kind);
    expect(kinds).toContain('connection-needs-reauthorization');
  });
});

describe('what vendors leave out', () => {
  test.for(['absent', 'null'] as const)('expires_in %s: the manifest’s lifetime', async (expiresIn) => {
    kit = await openOAuthKit({ expiresIn, isTokenTypeTold: false });
    await kit.connect();
    kit.vendor.expireAccessTokens();
    expect(await kit.status()).toBe(200);
    const { expiresInMs } = await grant();
    expect(Math.round((expiresInMs ?? 0) / 60_000)).toBe(60);
  });

  test('a token that does not expire is neither refreshed nor counted down', async () => {
    kit = await openOAuthKit({ expiresIn: 'absent' }, { auth: { defaultLifetimeSeconds: null } });
    await kit.connect();
    expect(await grant()).toMatchObject({ expiresInMs: null, refreshInMs: null });
    expect(await kit.status()).toBe(200);
  });

  test('a vendor that does not rotate: the refresh token is kept', async () => {
    kit = await openOAuthKit({ rotates: false });
    await kit.connect();
    for (let round = 0; round < 3; round += 1) {
      kit.vendor.expireAccessTokens();
      expect(await kit.status()).toBe(200);
    }
    expect(refreshes()).toHaveLength(3);
  });
});

test('every token set is a version, and no token shows in rows, logs or errors', async () => {
  kit = await openOAuthKit();
  await kit.connect();
  for (let round = 0; round < 3; round += 1) {
    kit.vendor.expireAccessTokens();
    await kit.status();
  }
  const sets = await readTable(kit.database, 'token_sets');
  expect(sets.map(({ version, refreshed_from: from }) => [version, from])).toEqual([
    [1, null],
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
  const secrets = await readTable(kit.database, 'secret_versions');
  const states = secrets
    .filter(({ field }) => field === 'tokenSet')
    .map(({ version, state }) => [version, state]);
  expect(states.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    [1, 'retired'],
    [2, 'retired'],
    [3, 'previous'],
    [4, 'current'],
  ]);
  const everything = JSON.stringify([
    sets,
    kit.logged,
    await readTable(kit.database, 'connection_grants'),
    await readTable(kit.database, 'audit_entries'),
    await readTable(kit.database, 'authorizations'),
  ]);
  const used = kit.vendor.apiCalls.map(({ headers }) => headers.authorization?.slice(7) ?? '');
  expect(used.length).toBeGreaterThan(3);
  for (const token of [...used, 'canary-client-secret']) expect(everything).not.toContain(token);
});
