import fc from 'fast-check';
import {
  claimHookIds,
  insertSecretVersion,
  listSecretVersions,
  openStore,
  type SecretVersionRow,
} from '@onceover/store';
import { createTestDatabase } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { createKeyring } from '../keyring/keyring.ts';
import { Secret } from '../secret.ts';
import { createVault } from './create-vault.ts';
import { openSecret, type SealedSecret, sealSecret } from './seal-secret.ts';
import type { SecretOwner, SecretPlace } from './secret-place.ts';

/** What somebody who may write to the database, and has no key of the keyring, can try. */

const keyring = createKeyring([
  { id: 'key-1', key: Buffer.alloc(32, 1), createdAt: new Date(0) },
  { id: 'key-2', key: Buffer.alloc(32, 2), createdAt: new Date(1) },
]);

/** Places that differ in one thing each: tenant, connection or registration, connector, field, version. */
const places: readonly SecretPlace[] = ['acme', 'rival'].flatMap((tenant) =>
  (['connection', 'registration'] as const).flatMap((kind) =>
    ['crm', 'billing'].flatMap((id) =>
      ['example', 'other'].flatMap((connector) =>
        ['accessToken', 'refreshToken'].flatMap((field) =>
          [1, 2].map((version): SecretPlace => ({ kind, id, tenant, connector, field, version })),
        ),
      ),
    ),
  ),
);

const tagBytes = 16;
const nonceBytes = 12;
const part = fc.constantFrom('ciphertext' as const, 'wrappedKey' as const);

/** What is changed about a sealed secret; `other` was sealed for another place. */
const swaps = {
  'whole secret': fc.constant((_own: SealedSecret, other: SealedSecret) => other),
  'one part of it': part.map((name) => (own: SealedSecret, other: SealedSecret) => ({
    ...own,
    [name]: other[name],
  })),
  'the parts exchanged': fc.constant((own: SealedSecret) => ({
    ...own,
    ciphertext: own.wrappedKey,
    wrappedKey: own.ciphertext,
  })),
  'key of the keyring': fc.constant((own: SealedSecret) => ({ ...own, keyringKey: 'key-1' })),
  'tag cut': fc
    .tuple(part, fc.integer({ min: 1, max: tagBytes }))
    .map(([name, missing]) => (own: SealedSecret) => ({
      ...own,
      [name]: own[name].subarray(0, own[name].length - missing),
    })),
  'tag of another': part.map((name) => (own: SealedSecret, other: SealedSecret) => ({
    ...own,
    [name]: Buffer.concat([own[name].subarray(0, -tagBytes), other[name].subarray(-tagBytes)]),
  })),
  'nonce of another': part.map((name) => (own: SealedSecret, other: SealedSecret) => ({
    ...own,
    [name]: Buffer.concat([other[name].subarray(0, nonceBytes), own[name].subarray(nonceBytes)]),
  })),
  'tag set to zeros': part.map((name) => (own: SealedSecret) => ({
    ...own,
    [name]: Buffer.concat([own[name].subarray(0, -tagBytes), Buffer.alloc(tagBytes)]),
  })),
};
type Swap = keyof typeof swaps;

test('10,000 swaps between tenants, owners, connectors, fields and versions, and cut tags: none opens', () => {
  const sealed = places.map((place, at) => sealSecret(keyring, place, new Secret(`secret of place ${at}`)));
  const tried = new Map<Swap, number>();
  const accepted: string[] = [];
  const index = fc.nat({ max: places.length - 1 });
  const swap = fc.oneof(
    ...Object.entries(swaps).map(([name, how]) => fc.tuple(fc.constant(name as Swap), how)),
  );
  fc.assert(
    fc.property(index, index, swap, (at, other, [name, change]) => {
      fc.pre(at !== other);
      const [place, own, theirs] = [places[at], sealed[at], sealed[other]];
      if (place === undefined || own === undefined || theirs === undefined) return;
      tried.set(name, (tried.get(name) ?? 0) + 1);
      try {
        openSecret(keyring, place, change(own, theirs));
        accepted.push(`${name} at ${JSON.stringify(place)}`);
      } catch (error) {
        if ((error as { code?: string }).code !== 'secret_unreadable') throw error;
      }
    }),
    { numRuns: 10_000, seed: 20_261_124 },
  );
  expect(accepted).toEqual([]);
  expect([...tried.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(10_000);
  expect([...tried.keys()].toSorted()).toEqual(Object.keys(swaps).toSorted());
  expect(Math.min(...tried.values())).toBeGreaterThan(500);
  // Control: each opens at its own place.
  for (const [at, place] of places.entries()) {
    expect(openSecret(keyring, place, sealed[at] as SealedSecret).reveal()).toBe(`secret of place ${at}`);
  }
});

test('504 swaps of stored rows and of their parts: the vault opens none', async () => {
  await using database = await createTestDatabase();
  const store = await openStore({ url: database.url, applicationName: 'test' });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => store.close());
  const clock = { now: () => new Date(0) };
  const vault = createVault({ store, keyring, digestKey: Buffer.alloc(32, 1), clock, ttlMs: 0 });
  const ownersOf = (prefix: string) =>
    [0, 1, 2, 3, 4, 5].map(
      (at): SecretOwner => ({
        kind: 'connection',
        id: `${prefix}${at}`,
        tenant: `tenant-${at % 3}`,
        connector: `connector-${at % 2}`,
      }),
    );
  const [sources, targets] = [ownersOf('source-'), ownersOf('target-')];
  await claimHookIds(
    store,
    [...sources, ...targets].map(({ id, tenant }) => ({ id, tenant, owner: 'connection' as const })),
  );
  const fields = ['accessToken', 'refreshToken', 'webhookSecret'];
  for (const owner of sources) {
    for (const field of fields)
      await vault.put(owner, field, new Secret(`of ${owner.id}`), { putBy: 'test' });
  }
  const foreign: SecretVersionRow[] = [];
  for (const { id } of sources) {
    for (const field of fields) foreign.push(...(await listSecretVersions(store, { owner: id, field })));
  }
  expect(foreign).toHaveLength(18);

  const outcomes = new Map<string, number>();
  /** Stores bytes at a place of the target's and opens them there. */
  const outcomeOf = async (owner: SecretOwner, field: string, version: number, bytes: SealedSecret) => {
    const row = { owner: owner.id, tenant: owner.tenant, field, version, state: 'retired' as const };
    await insertSecretVersion(store, { ...row, ...bytes, digest: Buffer.alloc(32), putBy: 'test' });
    return vault.open(owner, field, version).then(
      (secret) => `opened: ${secret?.reveal()}`,
      (error: { code?: string }) => String(error.code),
    );
  };
  let tried = 0;
  for (const owner of targets) {
    for (const field of fields) {
      for (let version = 1; version <= 28; version += 1) {
        const own = sealSecret(keyring, { ...owner, field, version }, new Secret('own'));
        const { ciphertext, wrappedKey, keyringKey } = foreign[tried % foreign.length] ?? own;
        const bytes = [
          { ciphertext, wrappedKey, keyringKey },
          { ...own, ciphertext },
          { ...own, wrappedKey, keyringKey },
          { ...own, ciphertext: own.ciphertext.subarray(0, -1 - (version % tagBytes)) },
          { ...own, wrappedKey: own.wrappedKey.subarray(0, -1 - (version % tagBytes)) },
        ][tried % 5];
        const outcome = await outcomeOf(owner, field, version, bytes ?? own);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        tried += 1;
      }
    }
  }
  expect([...outcomes]).toEqual([['secret_unreadable', 504]]);
  const [owner] = targets as [SecretOwner];
  const untouched = sealSecret(keyring, { ...owner, field: 'accessToken', version: 29 }, new Secret('own'));
  expect(await outcomeOf(owner, 'accessToken', 29, untouched)).toBe('opened: own');
});
