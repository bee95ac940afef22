import { afterEach, expect, test } from 'vitest';
import { type OAuthKit, openOAuthKit } from '../testing/oauth-kit.fixture.ts';

let kit: OAuthKit;
afterEach(() => kit[Symbol.asyncDispose]());
const rotate = () =>
  kit.broker.rotations.rotateGrant({ tenant: 'default', connection: 'billing', by: 'olga' });

test('a refresh token gets a successor through the one refresh that every caller shares', async () => {
  kit = await openOAuthKit();
  await kit.connect();
  const other = await kit.openBroker();
  const asked = { tenant: 'default', connection: 'billing', by: 'olga' };
  const [first] = await Promise.all([rotate(), rotate(), other.rotations.rotateGrant(asked)]);
  expect(first).toEqual({ version: 2, earlierGrants: 0 });
  expect(kit.vendor.tokenCalls.filter(({ grantType }) => grantType === 'refresh_token')).toHaveLength(1);
  expect(kit.vendor.revokedFamilies).toBe(0);
  expect(await kit.status()).toBe(200);
});

test('an authorisation that came before and was never proven to have ended is told of', async () => {
  kit = await openOAuthKit();
  await kit.connect();
  await kit.connect();
  expect(await rotate()).toMatchObject({ earlierGrants: 1 });
  await kit.broker.oauth.revoke({ tenant: 'default', connection: 'billing', by: 'olga', reason: 'test' });
  await kit.connect();
  expect(await rotate()).toMatchObject({ earlierGrants: 1 });
});

test('where a refresh does not end the old token there would be two: a new authorisation is needed', async () => {
  kit = await openOAuthKit(
    { rotates: false },
    { auth: { refresh: { rotates: 'sometimes', oldAccessDies: false, graceSeconds: 0 } } },
  );
  await expect(rotate()).rejects.toMatchObject({ code: 'not_connected' });
  await kit.connect();
  await expect(rotate()).rejects.toMatchObject({ code: 'reconnect_needed' });
});

test('a client secret that the token endpoint does not know is asked for again, and calls go on with the old one', async () => {
  kit = await openOAuthKit();
  await kit.connect();
  const holder = { kind: 'registration', tenant: 'default', id: 'app' } as const;
  const asked = { holder, secret: 'clientSecret', by: 'olga', value: 'canary-no-secret-of-this-client' };
  expect(await kit.broker.rotations.rotate(asked)).toMatchObject({
    waitingFor: 'person',
    lastFailure: expect.stringMatching(/not accepted/),
  });
  kit.vendor.expireAccessTokens();
  expect(await kit.status()).toBe(200);
});
