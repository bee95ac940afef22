import { listSecretVersions } from '@onceover/store';
import { reconciledSchema } from '../../http/rotation-schemas.ts';
import { CheckFailure } from '../check.ts';
import type { DrivenRotation } from './drive-rotation.ts';

/** One version is current, and the vendor has no secret of ours that nobody uses. @returns what was seen */
export async function requireTidy({ fact, holder, rig, found }: DrivenRotation): Promise<string> {
  const versions = await listSecretVersions(rig.store, { owner: holder.id, field: fact.name });
  const current = versions.filter(({ state }) => state === 'current').length;
  if (current !== 1) throw new CheckFailure(`${current} versions of ${fact.name} are current, and not one.`);
  const answer = await found.runner.ask('POST', `/v1/connections/${holder.connection}/reconcile`);
  const one = reconciledSchema
    .parse(answer)
    .items.find((item) => item.holder === holder.id && item.secret === fact.name);
  if (one === undefined || !one.isListed) return '1 current; the vendor lists no secrets to reconcile';
  const orphans = one.revoked.length + one.left.length;
  const ours = one.found - one.foreign - one.revoked.length;
  if (orphans > 0 || ours > 1) {
    throw new CheckFailure(
      `The rotation of ${fact.name} left ${Math.max(orphans, ours - 1)} at the vendor that nobody uses: the hook revoke must end what it is given, and create must find by its reference what an earlier attempt made.`,
    );
  }
  return '1 current, 0 orphans';
}
