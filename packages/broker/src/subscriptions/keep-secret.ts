import { listSecretVersions, lockHookId, type Queryable, setSecretState } from '@onceover/store';
import type { Secret } from '../secret.ts';
import { putBySubscription, type Vault } from '../vault/create-vault.ts';
import type { SecretOwner } from '../vault/secret-place.ts';

/**
 * Stores the signing secret of a subscription, within the transaction that stores the subscription. It becomes the
 * current one, and the last one holds beside it; a secret that a config gives stays current, and this one holds
 * beside it.
 */
export async function keepSecret(
  db: Queryable,
  vault: Vault,
  { owner, name }: { owner: SecretOwner; name: string },
  secret: Secret,
): Promise<{ version: number; state: 'current' | 'previous' }> {
  await lockHookId(db, owner.id);
  const all = await listSecretVersions(db, { owner: owner.id, field: name });
  const current = all.find(({ state }) => state === 'current');
  const isGiven = current !== undefined && current.putBy === 'config';
  const state = isGiven ? 'previous' : 'current';
  for (const row of all) {
    const isOurs = row.putBy === putBySubscription;
    if (row.state === 'previous' && (isOurs || !isGiven)) await move(db, row, 'retired');
  }
  if (current !== undefined && !isGiven) await move(db, current, 'previous');
  const version = (all[0]?.version ?? 0) + 1;
  await vault.insert(db, owner, name, secret, { version, state, putBy: putBySubscription });
  return { version, state };
}

function move(
  db: Queryable,
  { owner, field, version }: { owner: string; field: string; version: number },
  state: 'previous' | 'retired',
): Promise<void> {
  return setSecretState(db, { owner, field, version, state });
}
