import { ConflictError } from '@onceover/contract';
import { findRotation, hastenRevocations, listSecretVersions, setSecretState } from '@onceover/store';
import type { StepFacts, StepResult } from './rotation-step.ts';

/** Puts the new secret into use: what was current becomes the previous, the pending one the current. */
export function finishStep({ row }: StepFacts): StepResult {
  const { id, owner, field, version } = row;
  return {
    change: { step: 'revoke' },
    kind: 'secret-rotated',
    async within(db) {
      const all = await listSecretVersions(db, { owner, field });
      if (!all.some((one) => one.version === version && one.state === 'pending')) {
        throw new ConflictError('The pending secret is gone: a config or a person has replaced it', {
          code: 'pending_gone',
        });
      }
      const current = all.find(({ state }) => state === 'current');
      // One previous at most: what is older has had its overlap.
      for (const one of all.filter(({ state }) => state === 'previous')) {
        await setSecretState(db, { owner, field, version: one.version, state: 'retired' });
      }
      if (current !== undefined) {
        await setSecretState(db, { owner, field, version: current.version, state: 'previous' });
      }
      await setSecretState(db, { owner, field, version, state: 'current' });
      await hastenRevocations(db, { owner, field, but: id });
      // Read anew, under the lock: a compromise may have been told since the step was begun.
      const { overlapSeconds } = (await findRotation(db, id)) ?? row;
      const payload = { overlapSeconds };
      // Nothing was replaced: there is nothing to revoke.
      return current === undefined
        ? { step: null, outcome: 'rotated' as const, payload }
        : { replaces: current.version, revokeInSeconds: overlapSeconds, payload };
    },
  };
}
