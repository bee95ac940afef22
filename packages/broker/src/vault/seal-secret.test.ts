import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyring } from '../keyring/keyring.ts';
import { Secret } from '../secret.ts';
import { openSecret, type SealedSecret, sealSecret } from './seal-secret.ts';
import type { SecretPlace } from './secret-place.ts';

const keyring = createKeyring([
  { id: 'key-1', key: Buffer.alloc(32, 1), createdAt: new Date(0) },
  { id: 'key-2', key: Buffer.alloc(32, 2), createdAt: new Date(1) },
]);

const name = fc.string({ minLength: 1, maxLength: 12 });
const places: fc.Arbitrary<SecretPlace> = fc.record({
  kind: fc.constantFrom('connection' as const, 'registration' as const),
  id: name,
  tenant: name,
  connector: name,
  field: name,
  version: fc.integer({ min: 1, max: 99 }),
});
const canary = 'canary-secret-0123456789';
const unreadable = expect.objectContaining({ code: 'secret_unreadable' });

function opening(place: SecretPlace, sealed: SealedSecret): unknown {
  try {
    return openSecret(keyring, place, sealed).reveal();
  } catch (error) {
    return error;
  }
}

test('a secret opens at its own place, wrapped by the newest key', () => {
  fc.assert(
    fc.property(places, fc.string(), (place, value) => {
      const sealed = sealSecret(keyring, place, new Secret(value));
      expect(sealed.keyringKey).toBe('key-2');
      expect(opening(place, sealed)).toBe(value);
    }),
  );
});

test('a secret moved to another tenant, connection, connector, field or version does not open', () => {
  fc.assert(
    fc.property(places, places, (place, other) => {
      fc.pre(JSON.stringify(place) !== JSON.stringify(other));
      expect(opening(other, sealSecret(keyring, place, new Secret(canary)))).toEqual(unreadable);
    }),
  );
  const place: SecretPlace = {
    kind: 'connection',
    id: 'crm',
    tenant: 'a',
    connector: 'example',
    field: 'accessToken',
    version: 1,
  };
  const sealed = sealSecret(keyring, place, new Secret(canary));
  const changes: Partial<SecretPlace>[] = [
    { kind: 'registration' },
    { id: 'crm2' },
    { tenant: 'b' },
    { connector: 'other' },
    { field: 'refreshToken' },
    { version: 2 },
    // The same letters, cut elsewhere.
    { tenant: 'acr', id: 'm' },
  ];
  for (const change of changes) expect(opening({ ...place, ...change }, sealed)).toEqual(unreadable);
});

test('parts of two sealed secrets do not go together', () => {
  fc.assert(
    fc.property(places, (place) => {
      const one = sealSecret(keyring, place, new Secret(canary));
      const two = sealSecret(keyring, place, new Secret('another'));
      expect(opening(place, { ...one, ciphertext: two.ciphertext })).toEqual(unreadable);
      expect(opening(place, { ...one, wrappedKey: two.wrappedKey })).toEqual(unreadable);
      expect(opening(place, { ...one, wrappedKey: one.ciphertext, ciphertext: one.wrappedKey })).toEqual(
        unreadable,
      );
      expect(opening(place, { ...one, keyringKey: 'key-1' })).toEqual(unreadable);
    }),
  );
});

test('a secret that was cut, lengthened or changed in any bit does not open', () => {
  const changes = fc.record({
    part: fc.constantFrom('ciphertext' as const, 'wrappedKey' as const),
    at: fc.nat(),
    how: fc.constantFrom('cut' as const, 'cut head' as const, 'flip' as const, 'lengthen' as const),
    bit: fc.integer({ min: 0, max: 7 }),
  });
  fc.assert(
    fc.property(places, fc.string(), changes, (place, value, { part, at, how, bit }) => {
      const sealed = sealSecret(keyring, place, new Secret(value));
      const bytes = sealed[part];
      const index = at % bytes.length;
      const flipped = Buffer.from(bytes);
      flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
      const changed = {
        cut: bytes.subarray(0, index),
        'cut head': bytes.subarray(index + 1),
        flip: flipped,
        lengthen: Buffer.concat([bytes, Buffer.alloc(index + 1)]),
      }[how];
      expect(opening(place, { ...sealed, [part]: changed })).toEqual(unreadable);
    }),
    { numRuns: 1000 },
  );
});

test('a tag cut to any shorter length is refused', () => {
  const place: SecretPlace = {
    kind: 'connection',
    id: 'c',
    tenant: 't',
    connector: 'x',
    field: 'f',
    version: 1,
  };
  const sealed = sealSecret(keyring, place, new Secret(canary));
  for (let missing = 1; missing <= sealed.ciphertext.length; missing += 1) {
    const ciphertext = sealed.ciphertext.subarray(0, sealed.ciphertext.length - missing);
    expect(opening(place, { ...sealed, ciphertext })).toEqual(unreadable);
  }
});

test('no error says anything about the secret', () => {
  const place: SecretPlace = {
    kind: 'connection',
    id: 'c',
    tenant: 't',
    connector: 'x',
    field: 'f',
    version: 1,
  };
  const sealed = sealSecret(keyring, place, new Secret(canary));
  const error = opening({ ...place, version: 2 }, sealed) as Error;
  expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toContain('canary');
});

test('a key that the keyring does not have is named, with what to do', () => {
  const place: SecretPlace = {
    kind: 'connection',
    id: 'c',
    tenant: 't',
    connector: 'x',
    field: 'f',
    version: 1,
  };
  const sealed = sealSecret(keyring, place, new Secret(canary));
  expect(() => openSecret(keyring, place, { ...sealed, keyringKey: 'key-9' })).toThrow(
    /no key "key-9".*Bring the keyring back/,
  );
});
