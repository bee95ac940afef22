import { setGrantedScopes } from '@onceover/store';
import { readTable } from '@onceover/store/testing';
import { describe, expect, test } from 'vitest';
import type { RotationKit } from '../testing/rotation-kit.fixture.ts';
import { openKitOfTest, rotateKey } from '../testing/rotation-of-test.fixture.ts';

const atOnce = { mode: 'dual', seconds: 0 } as const;

describe.each(['vendor', 'runtime'] as const)('a secret that the %s issues', (issuer) => {
  test('is made, tested, put into use, and holds beside the old one', async () => {
    const kit = await openKitOfTest({ issuer });
    const rotation = await rotateKey(kit);
    expect(rotation).toMatchObject({ step: 'revoke', waitingFor: 'overlap', version: 2, replaces: 1 });
    expect(await kit.versions()).toEqual(['2 current', '1 previous']);
    expect(await kit.status()).toBe('200');
    expect(kit.vendor.requests.at(-1)?.headers.authorization).not.toContain(kit.firstKey.secret);
    expect(kit.vendor.keys.size).toBe(2);
  });

  test('ends the old one after the overlap, which a use of it proves', async () => {
    const kit = await openKitOfTest({ issuer, overlap: atOnce });
    expect(await rotateKey(kit)).toMatchObject({ step: null, outcome: 'rotated', proven: true });
    expect(await kit.versions()).toEqual(['2 current', '1 retired']);
    expect([...kit.vendor.keys.values()].map(({ secret }) => secret)).not.toContain(kit.firstKey.secret);
    expect(kit.vendor.keys.size).toBe(1);
    expect(await kit.status()).toBe('200');
  });

  test('after a compromise there is no overlap', async () => {
    const kit = await openKitOfTest({ issuer });
    expect(await rotateKey(kit, { isCompromised: true })).toMatchObject({ outcome: 'rotated', proven: true });
    expect(await kit.versions()).toEqual(['2 current', '1 retired']);
  });

  test.each([
    ['is somebody else’s', { account: 'account-2', scopes: ['orders.read'] }, /account-2’s/],
    [
      'may do more than was granted',
      { account: 'account-1', scopes: ['admin'] },
      /more than was granted: admin/,
    ],
  ])('that %s is not put into use, and ended again', async (_what, next, detail) => {
    const kit = await openKitOfTest({ issuer });
    await setGrantedScopes(kit.store, { tenant: 'default', id: 'billing', scopes: ['orders.read'] });
    kit.vendor.next = next;
    expect(await rotateKey(kit)).toMatchObject({
      step: null,
      outcome: 'failed',
      detail: expect.stringMatching(detail),
    });
    expect(await kit.versions()).toEqual(['2 retired', '1 current']);
    expect([...kit.vendor.keys.values()]).toEqual([kit.firstKey]);
  });
});

test('every step leaves its audit entry, and no value is stored, logged or shown to the code', async () => {
  const kit = await openKitOfTest({ overlap: atOnce });
  await rotateKey(kit);
  const entries = (await readTable(kit.database, 'audit_entries')).filter(
    ({ subject }) => subject === 'connections/billing',
  );
  expect(entries.map(({ kind }) => kind).slice(-6)).toEqual([
    'rotation-started',
    'rotation-created',
    'rotation-tested',
    'secret-rotated',
    'secret-retired',
    'rotation-ended',
  ]);
  const tables = ['audit_entries', 'secret_rotations', 'secret_versions', 'call_use'];
  const stored = JSON.stringify(await Promise.all(tables.map((table) => readTable(kit.database, table))));
  expect(stored).not.toContain('canary-key');
  expect(kit.logged.join()).not.toContain('canary-key');
});

test('a config that says what it said at first does not undo a rotation', async () => {
  const kit = await openKitOfTest({ overlap: atOnce });
  await rotateKey(kit);
  await kit.reconfigure();
  expect(await kit.versions()).toEqual(['2 current', '1 retired']);
  expect(await kit.status()).toBe('200');
});

describe('a secret that a person issues', () => {
  const openPersons = () => openKitOfTest({ issuer: 'person', overlap: atOnce });

  test('is waited for, with the page, the steps and a deadline', async () => {
    const kit = await openPersons();
    expect(await rotateKey(kit)).toMatchObject({
      step: 'create',
      waitingFor: 'person',
      page: 'https://vendor.example/keys',
      steps: ['Open the page of keys.', 'Make a new key and copy it.'],
      dueAt: expect.any(Date),
    });
    expect(await kit.versions()).toEqual(['1 current']);
  });

  test('is tested and put into use when it is given', async () => {
    const kit = await openPersons();
    await rotateKey(kit);
    const { secret } = kit.vendor.mint();
    expect(await rotateKey(kit, { value: secret })).toMatchObject({ outcome: 'rotated', proven: true });
    expect(await kit.versions()).toEqual(['2 current', '1 retired']);
    expect(await kit.status()).toBe('200');
  });

  test('that the vendor does not accept is asked for again; the one in use stays', async () => {
    const kit = await openPersons();
    expect(await rotateKey(kit, { value: 'not-what-the-vendor-gave' })).toMatchObject({
      step: 'create',
      waitingFor: 'person',
      lastFailure: expect.stringMatching(/not accepted/),
      version: 3,
    });
    expect(await kit.versions()).toEqual(['2 retired', '1 current']);
    expect(await rotateKey(kit, { value: kit.vendor.mint().secret })).toMatchObject({ outcome: 'rotated' });
    expect(await kit.versions()).toEqual(['3 current', '2 retired', '1 retired']);
  });

  test.each([
    ['that is here already', 'secret_known', (kit: RotationKit) => kit.firstKey.secret],
    ['with a line break in it', 'secret_invalid', () => 'canary-key\nX: y'],
    ['that is empty', 'secret_invalid', () => ''],
  ])('%s is refused', async (_name, code, valueOf) => {
    const kit = await openPersons();
    await rotateKey(kit);
    await expect(rotateKey(kit, { value: valueOf(kit) })).rejects.toMatchObject({ code });
    expect(await kit.versions()).toEqual(['1 current']);
  });

  test('that nobody waits for is refused', async () => {
    const kit = await openKitOfTest();
    await expect(rotateKey(kit, { value: 'canary-key-of-nobody' })).rejects.toMatchObject({
      code: 'no_rotation_waits',
    });
  });
});
