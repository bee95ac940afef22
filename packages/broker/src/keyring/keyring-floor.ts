import { ConfigurationError } from '@onceover/contract';
import { findKeyringFloor, raiseKeyringFloor, type Queryable } from '@onceover/store';
import type { Keyring } from './keyring.ts';

/**
 * Refuses a keyring that is an older copy than this database has seen, and remembers a newer one.
 * @throws {ConfigurationError} `keyring_behind`
 */
export async function holdKeyringFloor(db: Queryable, keyring: Keyring): Promise<void> {
  const floor = await findKeyringFloor(db);
  if (floor !== undefined && !keyring.keys.some(({ id }) => id === floor.keyringKey)) {
    throw new ConfigurationError(
      `The keyring has no key "${floor.keyringKey}" of ${floor.keyCreatedAt.toISOString()}, the newest that this database has seen: it is an older copy, or another database's. Bring the keyring that has it.`,
      { code: 'keyring_behind' },
    );
  }
  const newest = keyring.keys.at(-1);
  if (newest === undefined) return;
  await raiseKeyringFloor(db, { keyringKey: newest.id, keyCreatedAt: newest.createdAt });
}
