import { randomUUID } from 'node:crypto';
import type { SecretFact } from '@onceover/contract';
import {
  claimRotation,
  findOpenRotation,
  hastenRevocations,
  hurryRotation,
  insertRotation,
  listRotations,
  listSecretVersions,
  lockHookId,
  type RotationRow,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import { changeOf, issuerChanged, save } from './advance-rotation.ts';
import { labelOfVersion } from './rotation-label.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { SecretHolder } from './secret-holder.ts';
import { failed, personDueSeconds } from './test-step.ts';

export interface StartedBy {
  by: string;
  reason: RotationRow['reason'];
}

/**
 * Begins a rotation, or finds the one that is under way. After a compromise that one gets no overlap either, and the
 * overlap of an earlier one ends.
 */
export async function startRotation(
  holder: SecretHolder,
  fact: SecretFact,
  { by, reason }: StartedBy,
  ports: RotationPorts,
): Promise<string> {
  const { store, clock, labelOf } = ports;
  const { secrets } = holder;
  const { name: field, issuer, overlap } = fact;
  await endOtherIssuers(holder, fact, ports);
  return withTransaction(store, async (db) => {
    await lockHookId(db, secrets.id);
    const open = await findOpenRotation(db, { owner: secrets.id, field });
    if (reason === 'compromised') await hastenRevocations(db, { owner: secrets.id, field, but: null });
    if (open !== undefined) {
      if (reason === 'compromised' && (await hurryRotation(db, { id: open.id, askedBy: by }))) {
        await writeChanges(db, [changeOf(open, secrets, 'rotation-hurried', { by })], clock);
      }
      return open.id;
    }
    const versions = await listSecretVersions(db, { owner: secrets.id, field });
    const earlier = await listRotations(db, { owner: secrets.id, field });
    // A rotation that failed before anything was stored has used its number, too.
    const version = Math.max(versions[0]?.version ?? 0, earlier[0]?.version ?? 0) + 1;
    const replaces = versions.find(({ state }) => state === 'current')?.version ?? null;
    const row = {
      id: randomUUID(),
      owner: secrets.id,
      tenant: secrets.tenant,
      field,
      version,
      replaces,
      issuer,
      reference: labelOfVersion(labelOf, secrets, field, version),
      reason,
      askedBy: by,
      overlapSeconds: reason === 'compromised' ? 0 : overlap.seconds,
    };
    const isPersons = issuer === 'person';
    await insertRotation(db, {
      ...row,
      waitingFor: isPersons ? 'person' : null,
      dueInSeconds: isPersons ? personDueSeconds : null,
    });
    const { overlapSeconds } = row;
    await writeChanges(
      db,
      [changeOf(row, secrets, 'rotation-started', { issuer, reason, by, overlapSeconds })],
      clock,
    );
    return row.id;
  });
}

/** Another version of the connector has the secret issued by somebody else: what waits for the former one would wait forever. */
async function endOtherIssuers(holder: SecretHolder, fact: SecretFact, ports: RotationPorts): Promise<void> {
  const open = await findOpenRotation(ports.store, { owner: holder.secrets.id, field: fact.name });
  if (open === undefined || open.issuer === fact.issuer) return;
  if (open.step !== 'create' && open.step !== 'set') return;
  const row = await takeRotation(open, ports);
  if (row !== undefined) await save({ row, holder }, failed({ row }, issuerChanged(fact)), ports);
}

/** The lease of an open rotation; one that waits for somebody has none. Undefined while a runner is at it. */
export async function takeRotation(
  open: RotationRow,
  { store, leaseMs }: Pick<RotationPorts, 'store' | 'leaseMs'>,
): Promise<RotationRow | undefined> {
  if (open.waitingFor !== null) return open;
  return claimRotation(store, { id: open.id, owner: randomUUID(), leaseMs, isAsked: true });
}
