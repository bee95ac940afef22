import { readTable } from '@onceover/store/testing';
import { afterEach, expect, test } from 'vitest';
import { type OAuthKit, openOAuthKit } from '../testing/oauth-kit.fixture.ts';

let kit: OAuthKit;
afterEach(() => kit?.[Symbol.asyncDispose]());

test('a person authorises a connection, and calls go out with its token', async () => {
  kit = await openOAuthKit();
  expect(await kit.status()).toBe('no_credential');
  expect(await kit.connect()).toBeNull();
  expect(await kit.status()).toBe(200);
  expect(kit.vendor.tokenCalls).toEqual([{ grantType: 'authorization_code', status: 200 }]);
  const [grant] = await readTable(kit.database, 'connection_grants');
  expect(grant).toMatchObject({
    connection: 'billing',
    status: 'authorized',
    version: 1,
    origin: 'https://eu.vendor.example',
  });
});
