import { ageRows } from '@onceover/store/testing';
import { describe, expect, test } from 'vitest';
import { billingHolder } from '../testing/rotation-kit.fixture.ts';
import { openKitOfTest, rotateKey } from '../testing/rotation-of-test.fixture.ts';
import { answerJson, type VendorHandler } from '../testing/vendor.fixture.ts';

const atOnce = { mode: 'dual', seconds: 0 } as const;

describe.each<[name: string, trouble: VendorHandler]>([
  ['429', answerJson(429, {}, { 'retry-after': '1' })],
  ['500', answerJson(500, {})],
  ['a gateway’s page', (_request, response) => void response.writeHead(502).end('<html>gateway</html>')],
  ['nothing', (_request, response) => void response.socket?.destroy()],
])('a vendor that answers %s', (_name, trouble) => {
  test.each([
    ['POST /keys', 'create'],
    ['GET /me', 'test'],
    ['DELETE /keys', 'revoke'],
  ])('to %s holds the rotation at %s, and the secret in use stays', async (call, step) => {
    const kit = await openKitOfTest({ overlap: atOnce });
    kit.vendor.instead = ({ method, url }) => (`${method} ${url}`.startsWith(call) ? trouble : undefined);
    expect(await rotateKey(kit)).toMatchObject({ step, outcome: null, lastFailure: expect.any(String) });
    kit.vendor.instead = undefined;
    for (const [table, column] of [
      ['secret_rotations', 'retry_at'],
      ['call_gates', 'paused_until'],
    ] as const) {
      await ageRows(kit.database, { table, column, seconds: 3600 });
    }
    // This runner remembers a pause by itself.
    const later = await kit.openBroker();
    await later.rotations.runDue();
    expect(await kit.rotations()).toMatchObject([{ outcome: 'rotated', proven: true }]);
    expect(await kit.status(later)).toBe('200');
    expect(kit.vendor.keys.size).toBe(1);
  });
});

test('whose a new secret is stays open while the vendor does not say whose the old one is', async () => {
  const kit = await openKitOfTest();
  kit.vendor.next = { account: 'account-2', scopes: [] };
  kit.vendor.instead = ({ url }, { id }) =>
    url === '/me' && id === kit.firstKey.id ? answerJson(500, {}) : undefined;
  expect(await rotateKey(kit)).toMatchObject({ step: 'test', outcome: null });
  kit.vendor.instead = undefined;
  expect(await rotateKey(kit)).toMatchObject({
    outcome: 'failed',
    detail: expect.stringMatching(/account-2’s/),
  });
});

test('a vendor in haste has not refused the old secret', async () => {
  const kit = await openKitOfTest({ overlap: atOnce });
  let isDeleted = false;
  kit.vendor.instead = ({ url, method }, { id }) => {
    isDeleted ||= method === 'DELETE';
    if (method === 'DELETE') return answerJson(200, {});
    const isOld = url === '/me' && id === kit.firstKey.id && isDeleted;
    return isOld ? answerJson(403, { message: 'rate limited' }) : undefined;
  };
  expect(await rotateKey(kit)).toMatchObject({ step: 'revoke', outcome: null, proven: null });
  expect(isDeleted).toBe(true);
});

describe('a webhook secret whose vendor refuses the token that asks about it', () => {
  const facts = {
    issuer: 'person',
    secret: { name: 'webhookSecret', per: 'connection', uses: ['webhook'] },
    overlap: atOnce,
  } as const;
  const value = 'whsec-canary-of-this-endpoint';

  test.each([
    ['has not been refused', '/me', { step: 'test', version: 2, waitingFor: null, outcome: null }],
    ['has not ended', '/keys', { step: 'revoke', waitingFor: null, outcome: null }],
  ])('%s', async (_name, path, state) => {
    const kit = await openKitOfTest(facts);
    await kit.reconfigure({ webhookSecret: 'whsec-canary-of-the-config' });
    kit.vendor.instead = ({ url }) => (url.startsWith(path) ? answerJson(403, {}) : undefined);
    expect(await rotateKey(kit, { secret: 'webhookSecret', value })).toMatchObject(state);
  });
});

test.each(['throw', 'hang', 'flood'] as const)(
  'a hook that would %s holds the rotation up, and no call fails',
  async (misdeed) => {
    const kit = await openKitOfTest({ misdeed }, { rotationLeaseMs: 1500 });
    expect(await rotateKey(kit)).toMatchObject({
      step: 'test',
      outcome: null,
      lastFailure: expect.any(String),
    });
    expect(await kit.status()).toBe('200');
    expect(await kit.versions()).toEqual(['2 pending', '1 current']);
  },
);

test('a hook that claims a test which it has not made ends the rotation', async () => {
  const kit = await openKitOfTest({ misdeed: 'lie' });
  expect(await rotateKey(kit)).toMatchObject({ outcome: 'failed' });
  expect(await kit.versions()).toEqual(['2 retired', '1 current']);
  expect([...kit.vendor.keys.keys()]).toEqual([kit.firstKey.id]);
});

test('a secret whose id the vendor did not tell is known by its label: reconcile leaves it alone', async () => {
  const kit = await openKitOfTest({ issuer: 'runtime', isForgetful: true });
  expect(await rotateKey(kit)).toMatchObject({ waitingFor: 'overlap' });
  const found = await kit.broker.rotations.reconcile({ holder: billingHolder, by: 'olga' });
  expect(found).toMatchObject([{ revoked: [], left: [] }]);
  expect(await kit.status()).toBe('200');
});
