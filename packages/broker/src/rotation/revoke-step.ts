import { UpstreamError } from '@onceover/contract';
import { listRotations, listSecretVersions, setSecretState } from '@onceover/store';
import { endAtVendor } from './end-at-vendor.ts';
import { isCredential } from './hook-credential.ts';
import { acceptsClient } from './prove-client.ts';
import { labelOfVersion } from './rotation-label.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { hookFacts, type StepFacts, type StepResult } from './rotation-step.ts';
import { hasHook, runHook } from './run-hook.ts';
import { currentAndPrevious } from './secret-values.ts';

const stillHoldsRetryMs = 300_000;

/** After the overlap: first we stop accepting the old secret, then it is ended at the vendor, and a use of it must fail. */
export async function revokeStep(facts: StepFacts, ports: RotationPorts): Promise<StepResult> {
  const { row, fact } = facts;
  const { owner, field, replaces } = row;
  if (replaces === null) return ended(null, 'nothing was replaced');
  const all = await listSecretVersions(ports.store, { owner, field });
  const old = all.find(({ version }) => version === replaces);
  if (old !== undefined && old.state === 'previous') {
    return {
      change: { step: 'revoke' },
      kind: 'secret-retired',
      payload: { version: replaces },
      within: (db) => setSecretState(db, { owner, field, version: replaces, state: 'retired' }),
    };
  }
  // A config may have brought it back.
  if (old?.state === 'current') return ended(null, 'the old secret is in use again');
  await endOld(facts, replaces, ports);
  const isAccepted = await usesOld(facts, ports);
  if (isAccepted === true) {
    throw new UpstreamError(
      `The vendor still accepts the old ${fact.name}. End it there${fact.page === undefined ? '' : `: ${fact.page}`}`,
      { code: 'old_secret_holds', retry: { afterMs: stillHoldsRetryMs } },
    );
  }
  return isAccepted === false
    ? ended(true, 'a use of the old secret was refused')
    : ended(null, 'there is nothing whose use could prove that the old secret has ended at the vendor');
}

function ended(proven: boolean | null, detail: string): StepResult {
  return {
    change: { step: null, outcome: 'rotated', proven, detail },
    kind: 'rotation-ended',
    payload: { proven, detail },
  };
}

async function endOld(facts: StepFacts, version: number, ports: RotationPorts): Promise<void> {
  const { row, holder } = facts;
  const rotations = await listRotations(ports.store, { owner: row.owner, field: row.field });
  const vendorSecretId = rotations.find((one) => one.version === version)?.vendorSecretId ?? null;
  const reference = labelOfVersion(ports.labelOf, holder.secrets, row.field, version);
  await endAtVendor(facts, { vendorSecretId, reference, version }, ports);
}

/** Whether the vendor accepts the old secret; undefined when no use of it tells. */
async function usesOld(facts: StepFacts, ports: RotationPorts): Promise<boolean | undefined> {
  const { holder, fact } = facts;
  const values = await currentAndPrevious(facts, ports);
  if (values.previous === undefined || !isCredential(fact)) return undefined;
  if (!hasHook(holder, fact.name, 'test')) {
    return fact.uses.includes('oauth')
      ? acceptsClient(holder, values.previous, ports, facts.signal)
      : undefined;
  }
  const call = { ...hookFacts(facts), hook: 'test', as: 'previous', values } as const;
  const { reply, seen } = await runHook(holder, call, ports);
  if (seen.refused) return false;
  if ('error' in reply) throw reply.error;
  return seen.accepted;
}
