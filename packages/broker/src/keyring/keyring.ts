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
  /** Every key, the newest last: that one wraps. */
  readonly keys: readonly Pick<KeyVersion, 'id' | 'createdAt'>[];
  /** Wraps a data key with the newest key. */
  wrap(dataKey: Buffer, context: Buffer): { keyringKey: string; wrappedKey: Buffer };
  /** @throws {OnceoverError} `keyring_key_missing`, `secret_unreadable` */
  unwrap(wrapped: { keyringKey: string; wrappedKey: Buffer }, context: Buffer): Buffer;
  /** Reads the keyring again from where it is kept. @returns whether its keys are others now */
  refresh(): Promise<boolean>;
}

/**
 * @param versions at least one; the newest by its time wraps
 * @param reload gives the versions as they are kept now
 */
export function createKeyring(
  versions: readonly KeyVersion[],
  reload?: () => Promise<readonly KeyVersion[]>,
): Keyring {
  let state = stateOf(versions);
  // The id is bound too: a wrapped key cannot be moved to another key of the keyring.
  const bind = (id: string, context: Buffer) => Buffer.concat([lengthPrefixed(['data-key', id]), context]);
  return {
    get keys() {
      return state.sorted.map(({ id, createdAt }) => ({ id, createdAt }));
    },
    wrap(dataKey, context) {
      const { newest } = state;
      return { keyringKey: newest.id, wrappedKey: seal(newest.key, dataKey, bind(newest.id, context)) };
    },
    unwrap({ keyringKey, wrappedKey }, context) {
      const key = state.byId.get(keyringKey);
      if (key === undefined) throw keyMissing(keyringKey);
      return unseal(key, wrappedKey, bind(keyringKey, context));
    },
    async refresh() {
      if (reload === undefined) return false;
      const before = state;
      state = stateOf(await reload());
      return before.names !== state.names;
    },
  };
}

function stateOf(versions: readonly KeyVersion[]) {
  const sorted = versions.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const newest = sorted.at(-1);
  if (newest === undefined) throw new OnceoverError('A keyring needs a key', { code: 'keyring_empty' });
  const byId = new Map(sorted.map(({ id, key }) => [id, key]));
  return { sorted, newest, byId, names: sorted.map(({ id }) => id).join() };
}

/** The keyring has no such key; another copy of it may have. */
export function isKeyMissing(error: unknown): boolean {
  return OnceoverError.isInstance(error) && error.code === 'keyring_key_missing';
}

function keyMissing(keyringKey: string): OnceoverError {
  return new OnceoverError(
    `The keyring has no key "${keyringKey}", which a stored secret needs. Bring the keyring back that has it.`,
    { code: 'keyring_key_missing' },
  );
}
