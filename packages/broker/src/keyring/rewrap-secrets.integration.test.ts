import { randomBytes } from 'node:crypto';
import { countKeyringUse } from '@onceover/store';
import { readTable } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { createBroker } from '../create-broker.ts';
import { Secret } from '../secret.ts';
import { billing, openTestBroker } from '../testing/open-test-broker.fixture.ts';
import type { SecretOwner } from '../vault/secret-place.ts';
import { createKeyring, type KeyVersion } from './keyring.ts';

function key(id: string, day: number): KeyVersion {
  return { id, key: randomBytes(32), createdAt: new Date(day * 86_400_000) };
}

/** A keyring as one runner has it: what is kept may have changed since. */
function kept(versions: KeyVersion[]) {
  return { versions, open: () => createKeyring(versions, async () => versions) };
}

const owner: SecretOwner = { kind: 'connection', id: 'billing', tenant: 'default', connector: 'example' };

test('rewrap: in steps, everything is wrapped with the newest key, nothing is opened otherwise than before', async () => {
  const store = kept([key('first', 1)]);
  await using rig = await openTestBroker({ keyring: store.open() });
  for (let index = 0; index < 9; index += 1) {
    await rig.broker.vault.put(owner, 'extra', new Secret(`value-${index}`), { putBy: 'test' });
  }
  const before = await readTable(rig.database, 'secret_versions');
  store.versions = [...store.versions, key('second', 2)];
  const renewed = createKeyring(store.versions);
  const next = await createBroker({
    store: rig.store,
    keyring: renewed,
    connectors: [rig.connector],
    mode: 'development',
  });
  const steps = [];
  for (let left = 1; left > 0; ) {
    const step = await next.rewrapSecrets({ limit: 4 });
    steps.push(step.rewrapped);
    ({ left } = step);
  }
  // Three keys of the database itself go with the first step.
  expect(steps.length).toBeGreaterThan(2);
  expect(steps.reduce((sum, count) => sum + count, 0)).toBe(before.length + 3);
  expect(await countKeyringUse(rig.store)).toMatchObject([{ keyringKey: 'second', databaseKeys: 3 }]);
  const after = await readTable(rig.database, 'secret_versions');
  expect(after.map(({ ciphertext }) => ciphertext)).toEqual(before.map(({ ciphertext }) => ciphertext));
  const [current] = await next.vault.get(owner, 'extra');
  expect(current?.reveal()).toBe('value-8');
  expect(await next.rewrapSecrets({ limit: 4 })).toEqual({ keyringKey: 'second', rewrapped: 0, left: 0 });
  const entries = (await readTable(rig.database, 'audit_entries')).filter(
    ({ kind }) => kind === 'secrets-rewrapped',
  );
  expect(entries).toHaveLength(steps.length);
  // The old key is not needed any more.
  const alone = createKeyring(store.versions.slice(1));
  const last = await createBroker({
    store: rig.store,
    keyring: alone,
    connectors: [rig.connector],
    mode: 'development',
  });
  expect((await last.vault.get(owner, 'extra'))[0]?.reveal()).toBe('value-8');
  expect(last.effectKey(['a'])).toBe(rig.broker.effectKey(['a']));
  await Promise.all([next.close(), last.close()]);
});

test('rewrap: a runner that has not seen the new key yet looks again, and goes on', async () => {
  const versions = [key('first', 1)];
  await using rig = await openTestBroker({
    keyring: createKeyring(versions, async () => versions),
    cacheTtlMs: 0,
  });
  await rig.broker.connections.applyConfig({
    registrations: [],
    connections: [billing({ origin: rig.vendor.origin })],
  });
  versions.push(key('second', 2));
  const other = await createBroker({
    store: rig.store,
    keyring: createKeyring(versions),
    connectors: [rig.connector],
    mode: 'development',
  });
  const reads = Array.from({ length: 40 }, async () => rig.broker.vault.get(owner, 'accessToken'));
  const [, ...read] = await Promise.all([other.rewrapSecrets({ limit: 100 }), ...reads]);
  for (const secrets of read) expect(secrets).toHaveLength(1);
  expect(await rig.broker.vault.get(owner, 'accessToken')).toHaveLength(1);
  await other.close();
});

test('rewrap: two at once wrap each secret once', async () => {
  const versions = [key('first', 1)];
  await using rig = await openTestBroker({ keyring: createKeyring(versions, async () => versions) });
  for (let index = 0; index < 20; index += 1) {
    await rig.broker.vault.put(owner, 'extra', new Secret(`value-${index}`), { putBy: 'test' });
  }
  versions.push(key('second', 2));
  const count = (await readTable(rig.database, 'secret_versions')).length + 3;
  const [one, two] = await Promise.all([
    rig.broker.rewrapSecrets({ limit: 100 }),
    rig.broker.rewrapSecrets({ limit: 100 }),
  ]);
  expect((one?.rewrapped ?? 0) + (two?.rewrapped ?? 0)).toBe(count);
  expect((await rig.broker.vault.get(owner, 'extra'))[0]?.reveal()).toBe('value-19');
});

test('floor: a keyring that is an older copy, or another database’s, is refused at the start', async () => {
  const [first, second] = [key('first', 1), key('second', 2)];
  await using rig = await openTestBroker({ keyring: createKeyring([first, second]) });
  const options = { store: rig.store, connectors: [rig.connector], mode: 'development' } as const;
  await expect(createBroker({ ...options, keyring: createKeyring([first]) })).rejects.toMatchObject({
    code: 'keyring_behind',
    message: expect.stringMatching(/"second" of 1970-01-03.*older copy/),
  });
  await expect(createBroker({ ...options, keyring: createKeyring([key('other', 9)]) })).rejects.toMatchObject(
    {
      code: 'keyring_behind',
    },
  );
});
