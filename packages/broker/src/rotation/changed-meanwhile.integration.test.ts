import { hurryRotation, type RotationRow, type Store } from '@onceover/store';
import { ageRows, readTable } from '@onceover/store/testing';
import { describe, expect, test } from 'vitest';
import { billingHolder, type RotationKit } from '../testing/rotation-kit.fixture.ts';
import { openKitOfTest, rotateKey } from '../testing/rotation-of-test.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';

const atOnce = { mode: 'dual', seconds: 0 } as const;

/** The store, with something done each time that a step has been leased. */
function atEachStep(store: Store, work: (row: RotationRow) => Promise<unknown>): Store {
  return {
    ...store,
    async query(statement) {
      const result = await store.query(statement);
      const [row] = statement.name === 'claim-rotation' ? result.rows : [];
      // The rows of that query.
      if (row !== undefined) await work(row as unknown as RotationRow);
      return result as never;
    },
  };
}

/** What the audit log tells of a change. */
async function payloadOf({ database }: RotationKit, kind: string): Promise<unknown> {
  const entries = await readTable(database, 'audit_entries');
  const { payload } = JSON.parse(String(entries.find((entry) => entry['kind'] === kind)?.['payload'])) as {
    payload: unknown;
  };
  return payload;
}

test('four runners rotate one secret at once: it is rotated once', async () => {
  const kit = await openKitOfTest();
  const others = await Promise.all([1, 2, 3].map(() => kit.openBroker()));
  await Promise.all([kit.broker, ...others].map((broker) => rotateKey({ broker })));
  await Promise.all(others.map((broker) => broker.rotations.runDue()));
  expect(await kit.rotations()).toMatchObject([{ version: 2, step: 'revoke' }]);
  expect(await kit.versions()).toEqual(['2 current', '1 previous']);
  expect(kit.vendor.keys.size).toBe(2);
});

test('a secret that cannot be stored, since a config has brought one, is ended at the vendor again', async () => {
  const kit = await openKitOfTest();
  const next = kit.vendor.mint();
  const credentials = { accessToken: next.secret };
  const store = atEachStep(kit.store, async ({ step }) => {
    if (step === 'create') await kit.reconfigure({ credentials });
  });
  const broker = await kit.openBroker({ store });
  expect(await rotateKey({ broker })).toMatchObject({
    outcome: 'failed',
    detail: expect.stringMatching(/another version was stored meanwhile/),
  });
  expect(await kit.versions()).toEqual(['2 current', '1 retired']);
  expect([...kit.vendor.keys.keys()]).toEqual([kit.firstKey.id, next.id]);
  expect(await kit.status()).toBe('200');
});

describe('a compromise', () => {
  test('that is told while the new secret is put into use takes its overlap away', async () => {
    const kit = await openKitOfTest();
    const store = atEachStep(kit.store, async ({ id, step }) => {
      if (step === 'finish') await hurryRotation(kit.store, { id, askedBy: 'maria' });
    });
    const broker = await kit.openBroker({ store });
    expect(await rotateKey({ broker })).toMatchObject({ outcome: 'rotated', proven: true });
    expect(await payloadOf(kit, 'secret-rotated')).toMatchObject({ overlapSeconds: 0 });
  });

  test('ends the overlap of an earlier rotation at once', async () => {
    const kit = await openKitOfTest({ issuer: 'person' });
    await rotateKey(kit, { value: kit.vendor.mint().secret });
    expect(await kit.versions()).toEqual(['2 current', '1 previous']);
    expect(await rotateKey(kit, { isCompromised: true })).toMatchObject({ waitingFor: 'person' });
    await kit.broker.rotations.runDue();
    expect(await kit.versions()).toEqual(['2 current', '1 retired']);
    expect(kit.vendor.keys.has(kit.firstKey.id)).toBe(false);
  });
});

test('after a rotation by age that failed the next one waits a day', async () => {
  const kit = await openKitOfTest();
  kit.vendor.next = { account: 'account-2', scopes: [] };
  await ageRows(kit.database, { table: 'secret_versions', column: 'created_at', seconds: 91 * 86_400 });
  const look = async () => {
    await kit.broker.rotations.startByAge();
    await kit.broker.rotations.runDue();
  };
  await look();
  await look();
  expect(await kit.rotations()).toMatchObject([{ outcome: 'failed' }]);
  await ageRows(kit.database, { table: 'secret_rotations', column: 'ended_at', seconds: 86_401 });
  await look();
  expect(await kit.rotations()).toHaveLength(2);
});

describe('a version of the connector with another issuer', () => {
  test('ends a rotation that waits for a person, and begins its own', async () => {
    const kit = await openKitOfTest({ issuer: 'person' });
    await rotateKey(kit);
    const broker = await kit.upgrade({ issuer: 'vendor', overlap: atOnce });
    expect(await rotateKey({ broker })).toMatchObject({ issuer: 'vendor', outcome: 'rotated' });
    expect(await kit.rotations()).toMatchObject([{ outcome: 'rotated' }, { outcome: 'failed' }]);
  });

  test('ends one that the vendor did not begin', async () => {
    const kit = await openKitOfTest();
    kit.vendor.instead = ({ method }) => (method === 'POST' ? answerJson(500, {}) : undefined);
    await rotateKey(kit);
    const broker = await kit.upgrade({ issuer: 'person', overlap: atOnce });
    expect(await rotateKey({ broker }, { value: kit.vendor.mint().secret })).toMatchObject({
      issuer: 'person',
      outcome: 'rotated',
    });
  });
});

describe('a rotation that is cancelled', () => {
  const cancel = ({ broker }: RotationKit) =>
    broker.rotations.cancel({ holder: billingHolder, secret: 'accessToken', by: 'maria' });

  test('waits for nobody any more', async () => {
    const kit = await openKitOfTest({ issuer: 'person' });
    await rotateKey(kit);
    expect(await cancel(kit)).toMatchObject({ outcome: 'failed', detail: 'cancelled by maria' });
    await expect(cancel(kit)).rejects.toMatchObject({ code: 'no_rotation' });
    expect(await kit.versions()).toEqual(['1 current']);
  });

  test('leaves nothing at the vendor', async () => {
    const kit = await openKitOfTest();
    kit.vendor.instead = ({ url }) => (url === '/me' ? answerJson(500, {}) : undefined);
    expect(await rotateKey(kit)).toMatchObject({ step: 'test' });
    expect(kit.vendor.keys.size).toBe(2);
    await cancel(kit);
    expect([...kit.vendor.keys.keys()]).toEqual([kit.firstKey.id]);
    expect(await kit.versions()).toEqual(['2 retired', '1 current']);
  });

  test('is too late when its secret is in use', async () => {
    const kit = await openKitOfTest();
    await rotateKey(kit);
    await expect(cancel(kit)).rejects.toMatchObject({ code: 'no_rotation' });
  });

  test('has to wait while a runner is at one of its steps', async () => {
    const kit = await openKitOfTest();
    const codes: unknown[] = [];
    const store = atEachStep(kit.store, async ({ step }) => {
      if (step === 'test') codes.push(await cancel(kit).catch((error: { code?: string }) => error.code));
    });
    await rotateKey({ broker: await kit.openBroker({ store }) });
    expect(codes).toEqual(['rotation_busy']);
    expect(await kit.versions()).toEqual(['2 current', '1 previous']);
  });
});

test('the audit entry names the version that was really replaced', async () => {
  const kit = await openKitOfTest({ issuer: 'person', overlap: atOnce });
  await rotateKey(kit);
  await kit.reconfigure({ credentials: { accessToken: kit.vendor.mint().secret } });
  await rotateKey(kit, { value: kit.vendor.mint().secret });
  expect(await payloadOf(kit, 'secret-rotated')).toMatchObject({ version: 3, replaces: 2 });
});
