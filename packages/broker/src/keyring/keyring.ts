import { OnceoverError } from '@onceover/contract';
import { lengthPrefixed } from '../vault/length-prefixed.ts';
import { seal, unseal } from '../vault/seal.ts';

/** A version of the keyring's key. */
export interface KeyVersion {
  id: string;
  /** 32 bytes. */
  key: Buffer;
  createdAt: Date;
}

/** Wraps data keys. Its own keys never leave it. */
export interface Keyring {
  /** Every key's id, the newest last. */
  readonly ids: readonly string[];
  /** Wraps a data key with the newest key. */
  wrap(dataKey: Buffer, context: Buffer): { keyringKey: string; wrappedKey: Buffer };
  /** @throws {OnceoverError} `keyring_key_missing`, `secret_unreadable` */
  unwrap(wrapped: { keyringKey: string; wrappedKey: Buffer }, context: Buffer): Buffer;
}

/** @param versions at least one; the newest by its time wraps */
export function createKeyring(versions: readonly KeyVersion[]): Keyring {
  const sorted = versions.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const newest = sorted.at(-1);
  if (newest === undefined) throw new OnceoverError('A keyring needs a key', { code: 'keyring_empty' });
  const keys = new Map(sorted.map(({ id, key }) => [id, key]));
  // The id is bound too: a wrapped key cannot be moved to another key of the keyring.
  const bind = (id: string, context: Buffer) => Buffer.concat([lengthPrefixed(['data-key', id]), context]);
  return {
    ids: sorted.map(({ id }) => id),
    wrap: (dataKey, context) => ({
      keyringKey: newest.id,
      wrappedKey: seal(newest.key, dataKey, bind(newest.id, context)),
    }),
    unwrap({ keyringKey, wrappedKey }, context) {
      const key = keys.get(keyringKey);
      if (key === undefined) {
        throw new OnceoverError(
          `The keyring has no key "${keyringKey}", which a stored secret needs. Bring the keyring file back that has it.`,
          { code: 'keyring_key_missing' },
        );
      }
      return unseal(key, wrappedKey, bind(keyringKey, context));
    },
  };
}
