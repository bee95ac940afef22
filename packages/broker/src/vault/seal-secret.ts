import { randomBytes } from 'node:crypto';
import type { Keyring } from '../keyring/keyring.ts';
import { Secret } from '../secret.ts';
import { keyBytes, seal, unseal } from './seal.ts';
import { contextOf, type SecretPlace } from './secret-place.ts';

/** A secret version as the database keeps it: its own data key, wrapped by the keyring. */
export interface SealedSecret {
  keyringKey: string;
  wrappedKey: Buffer;
  ciphertext: Buffer;
}

export function sealSecret(keyring: Keyring, place: SecretPlace, secret: Secret): SealedSecret {
  const dataKey = randomBytes(keyBytes);
  const ciphertext = seal(dataKey, Buffer.from(secret.reveal(), 'utf8'), contextOf(place, 'value'));
  const wrapped = keyring.wrap(dataKey, contextOf(place, 'data-key'));
  dataKey.fill(0);
  return { ...wrapped, ciphertext };
}

/** @throws {OnceoverError} `secret_unreadable` when it was sealed for another place, or was changed */
export function openSecret(keyring: Keyring, place: SecretPlace, sealed: SealedSecret): Secret {
  const dataKey = keyring.unwrap(sealed, contextOf(place, 'data-key'));
  const value = unseal(dataKey, sealed.ciphertext, contextOf(place, 'value'));
  dataKey.fill(0);
  return new Secret(value.toString('utf8'));
}
