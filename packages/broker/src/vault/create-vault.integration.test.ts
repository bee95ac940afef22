import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
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
  await store.query({
    name: 'test-owner',
    text: `insert into onceover.hook_ids (id, tenant, owner) values ($1, $2, 'connection')`,
    values: [id, tenant],
  });
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
  const { rows } = await store.query<{ entries: string }>({
    name: 'test-entries',
    text: `select jsonb_agg(to_jsonb(e))::text as entries from onceover.audit_entries e where subject = $1`,
    values: [`connections/${owner.id}`],
  });
  expect(rows[0]?.entries).toContain('secret-stored');
  expect(rows[0]?.entries).not.toContain('canary');
});

test('a row moved to another owner, field or version does not open', async () => {
  const other = await ownerOf(`other-${counter}`, 'rival');
  const move = (set: string) =>
    store.query({
      name: `test-move ${set}`,
      text: `update onceover.secret_versions set ${set} where owner = '${owner.id}'`,
      values: [],
    });
  const unreadable = { code: 'secret_unreadable' };
  await put('canary');

  await move(`field = 'accessToken'`);
  await expect(vault.get(owner, 'accessToken')).rejects.toMatchObject(unreadable);
  await move(`field = 'webhookSecret', version = 7`);
  await expect(vault.get({ ...owner }, 'webhookSecret')).rejects.toMatchObject(unreadable);
  await move(`version = 1, owner = '${other.id}', tenant = 'rival'`);
  await expect(vault.get(other, 'webhookSecret')).rejects.toMatchObject(unreadable);
});

test('ciphertexts swapped between two tenants do not open', async () => {
  const other = await ownerOf(`other-${counter}`, 'rival');
  await put('mine');
  await vault.put(other, 'webhookSecret', new Secret('theirs'), { putBy: 'test' });
  await store.query({
    name: 'test-swap',
    text: `update onceover.secret_versions a
           set ciphertext = b.ciphertext, wrapped_key = b.wrapped_key, keyring_key = b.keyring_key
           from onceover.secret_versions b
           where a.owner in ($1, $2) and b.owner in ($1, $2) and a.owner <> b.owner`,
    values: [owner.id, other.id],
  });
  await expect(vault.get(owner, 'webhookSecret')).rejects.toMatchObject({ code: 'secret_unreadable' });
  await expect(vault.get(other, 'webhookSecret')).rejects.toMatchObject({ code: 'secret_unreadable' });
});

test('what is read is kept for a while, and a change in this process shows at once', async () => {
  await put('one');
  const first = await vault.get(owner, 'webhookSecret');
  expect(await vault.get(owner, 'webhookSecret')).toBe(first);
  await put('two');
  expect(await held()).toEqual(['two', 'one']);
});
