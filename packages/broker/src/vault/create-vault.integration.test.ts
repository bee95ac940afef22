import {
  claimHookIds,
  insertSecretVersion,
  listSecretVersions,
  openStore,
  type SecretVersionRow,
  type Store,
} from '@onceover/store';
import { createTestDatabase, readTable, type TestDatabase } from '@onceover/store/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { testKeyring } from '../testing/open-test-broker.fixture.ts';
import { Secret } from '../secret.ts';
import { createVault, type Vault } from './create-vault.ts';
import type { SecretOwner } from './secret-place.ts';

let database: TestDatabase;
let store: Store;
let vault: Vault;
let counter = 0;
let owner: SecretOwner;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore({ url: database.url, applicationName: 'test' });
  const clock = { now: () => new Date(0) };
  vault = createVault({
    store,
    keyring: testKeyring(),
    digestKey: Buffer.alloc(32, 1),
    clock,
    ttlMs: 60_000,
  });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});
beforeEach(async () => {
  counter += 1;
  owner = await ownerOf(`owner-${counter}`, 'acme');
});

async function ownerOf(id: string, tenant: string): Promise<SecretOwner> {
  await claimHookIds(store, [{ id, tenant, owner: 'connection' }]);
  return { kind: 'connection', id, tenant, connector: 'example' };
}
const put = (value: string, state?: 'current' | 'pending') =>
  vault.put(owner, 'webhookSecret', new Secret(value), { putBy: 'test', ...(state && { state }) });
const states = async () =>
  (await vault.versions(owner, 'webhookSecret')).map(({ version, state }) => `${version} ${state}`);
const held = async () => (await vault.get(owner, 'webhookSecret')).map((secret) => secret.reveal());

test('a new secret becomes current, the old one stays valid as the previous', async () => {
  await put('one');
  expect(await held()).toEqual(['one']);
  await put('two');
  expect(await held()).toEqual(['two', 'one']);
  await put('three');
  expect(await held()).toEqual(['three', 'two']);
  expect(await states()).toEqual(['3 current', '2 previous', '1 retired']);
});

test('a pending secret does not hold yet, and there is one at a time', async () => {
  await put('one');
  await put('two', 'pending');
  expect(await held()).toEqual(['one']);
  expect(await states()).toEqual(['2 pending', '1 current']);
  await expect(put('three', 'pending')).rejects.toMatchObject({ code: '23505' });
});

test('putting at once gives each its version and leaves one current', async () => {
  await Promise.all(Array.from({ length: 6 }, (_, index) => put(`value ${index}`)));
  const all = await states();
  expect(all).toHaveLength(6);
  expect(all.filter((state) => state.endsWith('current'))).toEqual(['6 current']);
});

test('what is stored is audited without its value', async () => {
  await put('canary-value');
  const entries = (await readTable(database, 'audit_entries')).filter(
    ({ subject }) => subject === `connections/${owner.id}`,
  );
  expect(entries).toMatchObject([{ kind: 'secret-stored', tenant: 'acme' }]);
  expect(JSON.stringify(entries)).not.toContain('canary');
});

/** The stored row of a secret that has one version. */
async function rowOf({ id }: SecretOwner): Promise<SecretVersionRow> {
  const [row] = await listSecretVersions(store, { owner: id, field: 'webhookSecret' });
  if (row === undefined) throw new Error('nothing is stored');
  return row;
}

test('a row copied to another owner, field or version does not open there', async () => {
  const unreadable = { code: 'secret_unreadable' };
  const other = await ownerOf(`other-${counter}`, 'rival');
  await put('canary');
  const row = await rowOf(owner);

  await insertSecretVersion(store, { ...row, field: 'accessToken' });
  await expect(vault.get(owner, 'accessToken')).rejects.toMatchObject(unreadable);
  await insertSecretVersion(store, { ...row, owner: other.id, tenant: other.tenant });
  await expect(vault.get(other, 'webhookSecret')).rejects.toMatchObject(unreadable);
  await insertSecretVersion(store, { ...row, version: 2, state: 'previous' });
  vault.forgetRead();
  await expect(vault.get(owner, 'webhookSecret')).rejects.toMatchObject(unreadable);
});

test('ciphertext and data key of another tenant’s secret do not open here', async () => {
  const other = await ownerOf(`other-${counter}`, 'rival');
  await put('mine');
  await vault.put(other, 'webhookSecret', new Secret('theirs'), { putBy: 'test' });
  const { ciphertext, wrappedKey, keyringKey } = await rowOf(other);
  const row = { ...(await rowOf(owner)), version: 2, state: 'previous' as const };
  await insertSecretVersion(store, { ...row, ciphertext, wrappedKey, keyringKey });
  await expect(vault.get(owner, 'webhookSecret')).rejects.toMatchObject({ code: 'secret_unreadable' });
});

test('what is read is kept for a while, and a change in this process shows at once', async () => {
  await put('one');
  const first = await vault.get(owner, 'webhookSecret');
  expect(await vault.get(owner, 'webhookSecret')).toBe(first);
  await put('two');
  expect(await held()).toEqual(['two', 'one']);
});
