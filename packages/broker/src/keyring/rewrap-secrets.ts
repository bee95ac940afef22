import {
  countKeyringUse,
  findDatabaseKey,
  listWrappedSecrets,
  setWrappedDatabaseKey,
  setWrappedKey,
  type Store,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import { databaseKeyContext, databaseKeyNames } from '../keys/load-database-key.ts';
import type { Clock } from '../ports.ts';
import { contextOf, environmentTenant } from '../vault/secret-place.ts';
import type { Keyring } from './keyring.ts';
import { holdKeyringFloor } from './keyring-floor.ts';

export interface RewrapProgress {
  /** The key that wraps them now. */
  keyringKey: string;
  /** In this step. */
  rewrapped: number;
  /** What older keys still wrap. */
  left: number;
}

/**
 * One step of wrapping everything with the newest key: only the wraps of data keys change, no secret is opened. Each
 * change stands by itself, so it may be broken off anywhere, repeated, and done while runners work.
 */
export async function rewrapSecrets(
  ports: { store: Store; keyring: Keyring; clock: Clock },
  { limit }: { limit: number },
): Promise<RewrapProgress> {
  const { store, keyring, clock } = ports;
  await keyring.refresh();
  await holdKeyringFloor(store, keyring);
  const newest = keyring.keys.at(-1)?.id ?? '';
  let rewrapped = await rewrapDatabaseKeys(ports, newest);
  const rows = await listWrappedSecrets(store, {
    newestKey: newest,
    after: { id: '', field: '', version: 0 },
    limit,
  });
  for (const row of rows) {
    const context = contextOf(row, 'data-key');
    const dataKey = keyring.unwrap(row, context);
    const isDone = await setWrappedKey(store, row, keyring.wrap(dataKey, context));
    dataKey.fill(0);
    if (isDone) rewrapped += 1;
  }
  const left = (await countKeyringUse(store))
    .filter(({ keyringKey }) => keyringKey !== newest)
    .reduce((sum, { secrets, databaseKeys }) => sum + secrets + databaseKeys, 0);
  if (rewrapped > 0) {
    const change = { tenant: environmentTenant, kind: 'secrets-rewrapped', subject: `keyring/${newest}` };
    await withTransaction(store, (db) =>
      writeChanges(db, [{ ...change, payload: { rewrapped, left } }], clock),
    );
  }
  return { keyringKey: newest, rewrapped, left };
}

async function rewrapDatabaseKeys(
  { store, keyring }: { store: Store; keyring: Keyring },
  newest: string,
): Promise<number> {
  let rewrapped = 0;
  for (const name of databaseKeyNames) {
    const row = await findDatabaseKey(store, name);
    if (row === undefined || row.keyringKey === newest) continue;
    const context = databaseKeyContext(name);
    const key = keyring.unwrap(row, context);
    if (await setWrappedDatabaseKey(store, row, keyring.wrap(key, context))) rewrapped += 1;
    key.fill(0);
  }
  return rewrapped;
}
