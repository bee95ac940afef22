import { randomUUID } from 'node:crypto';
import { claimRotation } from '@onceover/store';
import { ageRows } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { billingHolder, type RotationKit } from '../testing/rotation-kit.fixture.ts';
import { openKitOfTest, rotateKey } from '../testing/rotation-of-test.fixture.ts';

const daysLater = ({ database }: RotationKit, days: number) =>
  ageRows(database, { table: 'secret_versions', column: 'created_at', seconds: days * 86_400 });
const statusOf = async ({ broker }: RotationKit) => {
  const holders = await broker.rotations.list('default');
  return holders.flatMap(({ secrets }) => secrets).find(({ secret }) => secret === 'accessToken');
};

test('a secret that has become too old is rotated by itself, once, whoever looks', async () => {
  const kit = await openKitOfTest();
  const other = await kit.openBroker();
  await kit.broker.rotations.startByAge();
  expect(await kit.rotations()).toEqual([]);

  await daysLater(kit, 90);
  expect(await statusOf(kit)).toMatchObject({ state: 'rotation_overdue', ageDays: 90, maxAgeDays: 90 });
  await Promise.all([kit, kit, kit].map(() => kit.broker.rotations.startByAge()));
  await other.rotations.startByAge();
  await Promise.all([kit.broker.rotations.runDue(), other.rotations.runDue()]);
  await kit.broker.rotations.runDue();
  expect(await kit.rotations()).toMatchObject([{ reason: 'age', asked_by: 'schedule', step: 'revoke' }]);
  expect(await statusOf(kit)).toMatchObject({ state: 'overlap', ageDays: 0 });
});

test('one that a person issues waits, and says that it is overdue; the manifest may want it sooner', async () => {
  const kit = await openKitOfTest({ issuer: 'person', maxAgeDays: 7 });
  await daysLater(kit, 6);
  await kit.broker.rotations.startByAge();
  expect(await statusOf(kit)).toMatchObject({ state: 'ok', ageDays: 6, maxAgeDays: 7 });
  await daysLater(kit, 1);
  await kit.broker.rotations.startByAge();
  expect(await statusOf(kit)).toMatchObject({
    state: 'rotation_overdue',
    rotation: { waitingFor: 'person', page: 'https://vendor.example/keys', dueAt: expect.any(Date) },
  });
});

test('after the overlap the old secret is stopped and ended by whoever looks next', async () => {
  const kit = await openKitOfTest();
  await rotateKey(kit);
  await kit.broker.rotations.runDue();
  expect(await kit.versions()).toEqual(['2 current', '1 previous']);
  await ageRows(kit.database, { table: 'secret_rotations', column: 'revoke_at', seconds: 3601 });
  await kit.broker.rotations.runDue();
  expect(await kit.versions()).toEqual(['2 current', '1 retired']);
  expect(await kit.rotations()).toMatchObject([{ step: null, outcome: 'rotated', proven: true }]);
});

test('a step that another runner has leased is left alone, until its lease is over', async () => {
  const kit = await openKitOfTest({ issuer: 'person', overlap: { mode: 'dual', seconds: 0 } });
  await rotateKey(kit);
  const [waiting] = await kit.rotations();
  kit.vendor.fails = () => true;
  await rotateKey(kit, { value: kit.vendor.mint().secret });
  kit.vendor.fails = undefined;
  const lease = { id: String(waiting?.['id']), owner: randomUUID(), leaseMs: 3_600_000, isAsked: true };
  expect(await claimRotation(kit.store, lease)).toMatchObject({ step: 'revoke' });
  await kit.broker.rotations.runDue();
  expect(await kit.rotations()).toMatchObject([{ step: 'revoke', ended_at: null }]);
  await ageRows(kit.database, { table: 'secret_rotations', column: 'lease_until', seconds: 3601 });
  await ageRows(kit.database, { table: 'secret_rotations', column: 'retry_at', seconds: 3601 });
  await kit.broker.rotations.runDue();
  expect(await kit.rotations()).toMatchObject([{ outcome: 'rotated', proven: true }]);
});

test('a vendor that fails is asked again later, and what it failed with is shown', async () => {
  const kit = await openKitOfTest();
  kit.vendor.fails = ({ method }) => method === 'POST';
  expect(await rotateKey(kit)).toMatchObject({ step: 'create', lastFailure: expect.stringContaining('500') });
  await kit.broker.rotations.runDue();
  expect(await kit.rotations()).toMatchObject([{ step: 'create', failures: 1 }]);
  kit.vendor.fails = undefined;
  // A person's command does not wait.
  expect(await rotateKey(kit)).toMatchObject({ step: 'revoke', lastFailure: null });
});

test('a rotation in the overlap of another one ends that overlap', async () => {
  const kit = await openKitOfTest();
  await rotateKey(kit);
  await rotateKey(kit);
  expect(await kit.versions()).toEqual(['3 current', '2 previous', '1 retired']);
  await kit.broker.rotations.runDue();
  expect(await kit.rotations()).toMatchObject([
    { version: 3, step: 'revoke' },
    { version: 2, outcome: 'rotated', proven: true },
  ]);
  expect(kit.vendor.keys.size).toBe(2);
});

test('a compromise that is found on the way takes the overlap away', async () => {
  const kit = await openKitOfTest({ issuer: 'person' });
  await rotateKey(kit);
  await rotateKey(kit, { isCompromised: true });
  expect(await rotateKey(kit, { value: kit.vendor.mint().secret })).toMatchObject({
    reason: 'compromised',
    outcome: 'rotated',
    proven: true,
  });
});

test('reconcile revokes what a rotation has left over, and nothing else', async () => {
  const kit = await openKitOfTest();
  kit.vendor.next = { account: 'account-2', scopes: [] };
  kit.vendor.fails = ({ method }) => method === 'DELETE';
  expect(await rotateKey(kit)).toMatchObject({ outcome: 'failed' });
  kit.vendor.fails = undefined;
  kit.vendor.mint('somebody-elses');
  expect(kit.vendor.keys.size).toBe(3);
  const found = await kit.broker.rotations.reconcile({ holder: billingHolder, by: 'olga' });
  expect(found).toEqual([
    {
      holder: 'billing',
      secret: 'accessToken',
      isListed: true,
      found: 3,
      revoked: [{ vendorSecretId: 'k2' }],
      left: [],
      foreign: 2,
    },
  ]);
  expect([...kit.vendor.keys.keys()]).toEqual(['k1', 'k3']);
});

test.each(['vendor', 'runtime'] as const)(
  'the code that has a secret of the %s made sees no value',
  async (issuer) => {
    const kit = await openKitOfTest({ issuer, isSpying: true });
    const rotation = await rotateKey(kit);
    expect(rotation).toMatchObject({ step: 'revoke' });
    const [row] = await kit.rotations();
    expect(row?.['vendor_secret_id']).toMatch(/"secret":"\[withheld\]"/);
    const secrets = [...kit.vendor.keys.values()].map(({ secret }) => secret);
    expect(secrets).toHaveLength(2);
    for (const secret of secrets) expect(String(row?.['vendor_secret_id'])).not.toContain(secret);
  },
);

test('a secret goes nowhere but where the manifest says', async () => {
  const kit = await openKitOfTest({ issuer: 'runtime', place: '/label' });
  expect(await rotateKey(kit)).toMatchObject({
    step: 'set',
    lastFailure: expect.stringMatching(/^place_not_declared/),
  });
  expect(kit.vendor.keys.size).toBe(1);
});

test('reconcile: a vendor whose list is asked for with the secret itself is not asked without one', async () => {
  const kit = await openKitOfTest();
  const holder = { kind: 'connection', tenant: 'default', id: 'bare' } as const;
  await kit.broker.connections.applyConfig({
    registrations: [],
    connections: [
      {
        id: 'bare',
        connector: 'example',
        owner: 'olga',
        variables: { region: 'eu' },
        origin: kit.vendor.origin,
      },
    ],
  });
  expect(await kit.broker.rotations.reconcile({ holder, by: 'olga' })).toEqual([
    expect.objectContaining({ holder: 'bare', secret: 'accessToken', isListed: false }),
  ]);
});
