import { ageRows } from '@onceover/store/testing';
import { describe, expect, test } from 'vitest';
import { billingHolder } from '../testing/rotation-kit.fixture.ts';
import { openKitOfTest, rotateKey } from '../testing/rotation-of-test.fixture.ts';

const atOnce = { mode: 'dual', seconds: 0 } as const;
const webhookSecret = {
  secret: { name: 'webhookSecret', per: 'connection', uses: ['webhook'] },
  without: 'all',
} as const;

describe('a secret that a person gives', () => {
  test('starts nothing where the vendor issues it', async () => {
    const kit = await openKitOfTest();
    await expect(rotateKey(kit, { value: 'canary-key-of-nobody' })).rejects.toMatchObject({
      code: 'no_rotation_waits',
    });
    expect(await kit.rotations()).toEqual([]);
  });

  test('may be given again when the vendor learns of it late', async () => {
    const kit = await openKitOfTest({ issuer: 'person', overlap: atOnce });
    const value = 'canary-key-that-spreads-slowly';
    expect(await rotateKey(kit, { value })).toMatchObject({ waitingFor: 'person' });
    kit.vendor.mint(null, value);
    expect(await rotateKey(kit, { value })).toMatchObject({ outcome: 'rotated', proven: true });
    expect(await kit.versions()).toEqual(['3 current', '2 retired', '1 retired']);
  });

  test('is refused when it was in use before', async () => {
    const kit = await openKitOfTest({ issuer: 'person', overlap: atOnce });
    await rotateKey(kit, { value: kit.vendor.mint().secret });
    await expect(rotateKey(kit, { value: kit.firstKey.secret })).rejects.toMatchObject({
      code: 'secret_known',
    });
  });

  test('by two at once is taken from one; the other one is told', async () => {
    const kit = await openKitOfTest({ issuer: 'person', overlap: atOnce });
    const other = { broker: await kit.openBroker() };
    await rotateKey(kit);
    const values = [kit.vendor.mint().secret, kit.vendor.mint().secret];
    const [one, two] = await Promise.allSettled([
      rotateKey(kit, { value: values[0] ?? '' }),
      rotateKey(other, { value: values[1] ?? '' }),
    ]);
    const codes = [one, two].map((each) =>
      each.status === 'fulfilled' ? 'taken' : (each.reason as { code?: string }).code,
    );
    expect(codes).toEqual(expect.arrayContaining(['no_rotation_waits', 'taken']));
    expect((await kit.versions())[0]).toBe('2 current');
  });

  test('comes after a config has brought one meanwhile', async () => {
    const kit = await openKitOfTest({ issuer: 'person', overlap: atOnce });
    await rotateKey(kit);
    await kit.reconfigure({ credentials: { accessToken: kit.vendor.mint().secret } });
    expect(await kit.versions()).toEqual(['2 current', '1 retired']);
    expect(await rotateKey(kit, { value: kit.vendor.mint().secret })).toMatchObject({
      outcome: 'rotated',
      proven: true,
      version: 3,
      replaces: 2,
    });
    expect(await kit.versions()).toEqual(['3 current', '2 retired', '1 retired']);
  });

  test('and that no delivery was signed with is replaced by the right one', async () => {
    const kit = await openKitOfTest({ ...webhookSecret, issuer: 'person' });
    await kit.reconfigure({ webhookSecret: 'whsec-canary-of-the-config' });
    const give = (value: string) => rotateKey(kit, { secret: 'webhookSecret', value });
    expect(await give('whsec-canary-of-another-endpoint')).toMatchObject({
      version: 2,
      waitingFor: 'delivery',
    });
    const owner = { ...billingHolder, connector: 'example' };
    expect(await give('whsec-canary-of-this-endpoint')).toMatchObject({ version: 3, waitingFor: 'delivery' });
    // One that was signed with what was given first, and came in before.
    await kit.broker.rotations.noteDelivery(owner, 'webhookSecret', 2);
    expect(await kit.rotations()).toMatchObject([{ seen_at: null, waiting_for: 'delivery' }]);
    await kit.broker.rotations.noteDelivery(owner, 'webhookSecret', 3);
    await kit.broker.rotations.runDue();
    expect(await kit.broker.vault.versions(owner, 'webhookSecret')).toMatchObject([
      { version: 3, state: 'current' },
      { version: 2, state: 'retired' },
      { version: 1, state: 'previous' },
    ]);
  });

  test('is late by the database’s clock, whatever the runner’s says', async () => {
    const kit = await openKitOfTest({ issuer: 'person' });
    const inAYear = new Date(Date.now() + 365 * 86_400_000);
    const ahead = await kit.openBroker({ clock: { now: () => inAYear } });
    const stateOf = async () => {
      const [holder] = await ahead.rotations.list('default');
      return holder?.secrets.find(({ secret }) => secret === 'accessToken')?.state;
    };
    await rotateKey(kit);
    expect(await stateOf()).toBe('waiting');
    await ageRows(kit.database, { table: 'secret_rotations', column: 'due_at', seconds: 8 * 86_400 });
    expect(await stateOf()).toBe('rotation_overdue');
  });
});
