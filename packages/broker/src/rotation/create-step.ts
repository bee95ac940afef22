import { randomBytes } from 'node:crypto';
import { UpstreamError } from '@onceover/contract';
import { Secret } from '../secret.ts';
import { putByRotation } from '../vault/create-vault.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { hookFacts, type StepFacts, type StepResult } from './rotation-step.ts';
import { hasHook, replyOf, runHook } from './run-hook.ts';
import { endAtVendor } from './end-at-vendor.ts';
import { currentOf } from './secret-values.ts';

const secretBytes = 32;

/** Makes the new secret and stores it as the pending version: our own before anybody else knows it, or the vendor's. */
export async function createStep(facts: StepFacts, ports: RotationPorts): Promise<StepResult> {
  const { row } = facts;
  if (row.issuer === 'vendor') return mint(facts, ports);
  const secret = new Secret(randomBytes(secretBytes).toString('base64url'));
  return storing(facts, secret, ports, { step: 'set' });
}

/** A given or made secret as the pending version. */
export function storing(
  { row, holder }: Pick<StepFacts, 'row' | 'holder'>,
  secret: Secret,
  { vault }: Pick<RotationPorts, 'vault'>,
  change: StepResult['change'],
): StepResult {
  const { field, version } = row;
  return {
    change,
    kind: 'rotation-created',
    payload: { issuer: row.issuer, vendorSecretId: change.vendorSecretId ?? null },
    within: (db) =>
      vault.insert(db, holder.secrets, field, secret, { version, state: 'pending', putBy: putByRotation }),
  };
}

async function mint(facts: StepFacts, ports: RotationPorts): Promise<StepResult> {
  const { row, holder } = facts;
  const values = await currentOf(facts, ports);
  // An earlier attempt may have got one that nobody stored.
  if (row.epoch > 1) await removeLeftOver(facts, ports);
  const result = await runHook(holder, { ...hookFacts(facts), hook: 'create', as: 'current', values }, ports);
  const { vendorSecretId } = replyOf(result);
  if (result.withheld === undefined || vendorSecretId === undefined) {
    throw new UpstreamError(
      'The vendor’s answer held no secret where the manifest’s "withholds" says, or the hook gave no id of it',
      { code: 'secret_not_minted', retry: 'later' },
    );
  }
  return {
    ...storing(facts, result.withheld, ports, { step: 'test', vendorSecretId }),
    undo: () => endAtVendor(facts, { vendorSecretId, reference: row.reference, version: row.version }, ports),
  };
}

async function removeLeftOver(facts: StepFacts, ports: RotationPorts): Promise<void> {
  const { row, holder, fact } = facts;
  if (!hasHook(holder, fact.name, 'reconcile') || !hasHook(holder, fact.name, 'revoke')) return;
  const values = await currentOf(facts, ports);
  const result = await runHook(
    holder,
    { ...hookFacts(facts), hook: 'reconcile', as: 'current', values },
    ports,
  );
  for (const { vendorSecretId, reference } of replyOf(result).secrets ?? []) {
    if (reference !== row.reference) continue;
    await endAtVendor(facts, { vendorSecretId, reference, version: row.version }, ports);
  }
}
