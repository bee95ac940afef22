import { listConnections } from '@onceover/store';
import { afterEach, expect, test } from 'vitest';
import { type OAuthKit, openOAuthKit } from '../testing/oauth-kit.fixture.ts';

let kit: OAuthKit;
afterEach(() => kit?.[Symbol.asyncDispose]());

const asked = { tenant: 'default', connection: 'billing', by: 'maria', reason: 'the account is closed' };
const listed = async () => (await listConnections(kit.store, 'default')).find(({ id }) => id === 'billing');

test('a connection is disconnected here and at the vendor, and a use that fails proves it', async () => {
  kit = await openOAuthKit();
  await kit.connect();
  expect(await kit.status()).toBe(200);
  expect(await kit.broker.oauth.revoke(asked)).toMatchObject({ isProven: true });
  expect(await kit.status()).toBe('connection_revoked');
  expect(await listed()).toMatchObject({ status: 'revoked' });
  expect(kit.vendor.tokenCalls.at(-1)).toEqual({ grantType: 'refresh_token', status: 400 });
  // Other runners see it, too.
  expect(await kit.status(await kit.openBroker())).toBe('connection_revoked');
  expect(await kit.connect()).toBeNull();
  expect(await kit.status()).toBe(200);
});

test('where a path proves it, the access token is used there', async () => {
  kit = await openOAuthKit(
    {},
    { auth: { revocation: { style: 'rfc7009', ends: 'all', proof: '/orders/1' } } },
  );
  await kit.connect();
  expect(await kit.broker.oauth.revoke(asked)).toMatchObject({ isProven: true });
  expect(kit.vendor.apiCalls.map(({ status }) => status)).toEqual([401]);
});

test('a revocation that ended nothing is not called proven: calls stop all the same, and it can be tried again', async () => {
  kit = await openOAuthKit({}, { auth: { revokeUrl: 'https://{region}.vendor.example/orders' } });
  await kit.connect();
  expect(await kit.broker.oauth.revoke(asked)).toMatchObject({
    isProven: false,
    detail: expect.stringContaining('still worked'),
  });
  expect(await kit.status()).toBe('connection_revoked');
  expect(await listed()).toMatchObject({ status: 'revoked', reason: expect.stringContaining('not_proven') });
  expect(await kit.broker.oauth.revoke(asked)).toMatchObject({ isProven: true });
});

test('the token endpoint is away: disconnected here, not proven there', async () => {
  kit = await openOAuthKit();
  await kit.connect();
  kit.vendor.faults.push({ status: 503 });
  expect(await kit.broker.oauth.revoke(asked)).toMatchObject({ isProven: false });
  expect(await kit.status()).toBe('connection_revoked');
  expect(await kit.broker.oauth.revoke(asked)).toMatchObject({ isProven: true });
});

test('a revocation waits for a refresh that is on its way, and ends what that brought', async () => {
  kit = await openOAuthKit();
  await kit.connect();
  kit.vendor.expireAccessTokens();
  const asking = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  kit.vendor.onTokenAnswer = () => {
    asking.resolve();
    return answered.promise;
  };
  const call = kit.status();
  await asking.promise;
  kit.vendor.onTokenAnswer = undefined;
  const revoked = kit.broker.oauth.revoke(asked);
  answered.resolve();
  expect(await call).toBe(200);
  expect(await revoked).toMatchObject({ isProven: true });
  expect(await kit.status()).toBe('connection_revoked');
});

test('what was never authorised cannot be revoked', async () => {
  kit = await openOAuthKit();
  await expect(kit.broker.oauth.revoke(asked)).rejects.toMatchObject({ code: 'not_connected' });
  await expect(kit.broker.oauth.revoke({ ...asked, tenant: 'rival' })).rejects.toMatchObject({
    code: 'connection_unknown',
  });
});
