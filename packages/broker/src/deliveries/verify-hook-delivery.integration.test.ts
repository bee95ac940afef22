import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestBroker, type TestBroker } from '../testing/open-test-broker.fixture.ts';

const now = new Date('2026-11-24T10:00:00Z');
let kit: TestBroker;
beforeAll(async () => {
  kit = await openTestBroker({ clock: { now: () => now } });
  const connection = { connector: 'example', owner: 'finance', variables: { region: 'eu' } };
  await kit.broker.connections.applyConfig({
    registrations: [
      {
        id: 'app',
        connector: 'example',
        clientId: 'c',
        webhookSecret: ['app-new', 'app-old'],
        clientSecret: 'oauth',
      },
      { id: 'bare', connector: 'example', clientId: 'c' },
    ],
    connections: [
      { ...connection, id: 'own', registration: 'app', webhookSecret: ['own-new', 'own-old'] },
      { ...connection, id: 'shared', registration: 'app', account: 'a' },
      { ...connection, id: 'alone' },
    ],
  });
});
afterAll(() => kit[Symbol.asyncDispose]());

const body = Buffer.from('[{"id":"1"}]');
function deliver(
  hookId: string,
  secret: string,
  changes: { body?: Buffer; at?: number; header?: string } = {},
) {
  const timestamp = String(Math.floor((changes.at ?? now.getTime()) / 1000));
  const signature = createHmac('sha256', secret).update(timestamp).update(body).digest('hex');
  return kit.broker.verify({
    hookId,
    method: 'POST',
    url: `https://onceover.example/v1/hooks/${hookId}`,
    headers: { 'x-signature': changes.header ?? signature, 'x-timestamp': timestamp },
    rawBody: changes.body ?? body,
  });
}

test('a delivery signed with the current or the previous secret is verified', async () => {
  for (const secret of ['own-new', 'own-old']) {
    expect(await deliver('own', secret)).toMatchObject({
      verified: true,
      trigger: 'events',
      signedAt: now,
      hook: { kind: 'connection', connection: { id: 'own' } },
    });
  }
  for (const secret of ['app-new', 'app-old']) {
    expect(await deliver('app', secret)).toMatchObject({
      verified: true,
      hook: { kind: 'registration', registration: { id: 'app' } },
    });
  }
});

test('a connection without a secret of its own has its registration’s, one with does not', async () => {
  expect(await deliver('shared', 'app-new')).toMatchObject({ verified: true });
  expect(await deliver('own', 'app-new')).toMatchObject({ verified: false, reason: 'mismatch' });
});

test('the client secret signs no deliveries where the manifest names another', async () => {
  expect(await deliver('app', 'oauth')).toMatchObject({ verified: false, reason: 'mismatch' });
});

describe('refused', () => {
  test.each<[string, () => ReturnType<typeof deliver>, string]>([
    ['an unknown hook', () => deliver('nobody', 'own-new'), 'unknown-hook'],
    ['a hook without a secret', () => deliver('alone', ''), 'no-secret'],
    ['a registration without a secret', () => deliver('bare', ''), 'no-secret'],
    ['another secret', () => deliver('own', 'guess'), 'mismatch'],
    ['a changed body', () => deliver('own', 'own-new', { body: Buffer.from('[{"id":"2"}]') }), 'mismatch'],
    ['an old delivery', () => deliver('own', 'own-new', { at: now.getTime() - 301_000 }), 'stale-timestamp'],
    [
      'one from the future',
      () => deliver('own', 'own-new', { at: now.getTime() + 301_000 }),
      'stale-timestamp',
    ],
    ['no signature', () => deliver('own', 'own-new', { header: 'zz' }), 'no-signature'],
  ])('%s', async (_what, delivery, reason) => {
    expect(await delivery()).toEqual({ verified: false, reason });
  });

  test('every verdict is counted', async () => {
    expect(kit.counted.get('deliveries_checked verified')).toBeGreaterThan(0);
    expect(kit.counted.get('deliveries_checked mismatch')).toBeGreaterThan(0);
    expect(kit.counted.get('deliveries_checked unknown-hook')).toBeGreaterThan(0);
  });
});
