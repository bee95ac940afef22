import { randomUUID } from 'node:crypto';
import { ConflictError, type SecretFact, ValidationError } from '@onceover/contract';
import {
  findOpenRotation,
  hurryRotation,
  insertRotation,
  listRotations,
  listSecretVersions,
  lockHookId,
  type RotationRow,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { Secret } from '../secret.ts';
import { changeOf, save } from './advance-rotation.ts';
import { storing } from './create-step.ts';
import { labelOfVersion } from './rotation-label.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { SecretHolder } from './secret-holder.ts';
import { personDueSeconds } from './test-step.ts';

export interface StartedBy {
  by: string;
  reason: RotationRow['reason'];
}

/** Begins a rotation, or finds the one that is under way. After a compromise that one gets no overlap either. */
export async function startRotation(
  holder: SecretHolder,
  fact: SecretFact,
  { by, reason }: StartedBy,
  { store, clock, labelOf }: RotationPorts,
): Promise<string> {
  const { secrets } = holder;
  const { name: field, issuer, overlap } = fact;
  return withTransaction(store, async (db) => {
    await lockHookId(db, secrets.id);
    const open = await findOpenRotation(db, { owner: secrets.id, field });
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

/**
 * A person gives the new secret that a rotation waits for.
 * @throws {ConflictError} `no_rotation_waits`, `secret_known`
 * @throws {ValidationError} `secret_invalid`
 */
export async function giveSecret(
  holder: SecretHolder,
  fact: SecretFact,
  { secret }: { secret: Secret },
  ports: RotationPorts,
): Promise<string> {
  const { secrets } = holder;
  checkSecret(secret);
  const row = await findOpenRotation(ports.store, { owner: secrets.id, field: fact.name });
  if (row?.waitingFor !== 'person') {
    throw new ConflictError(
      `No rotation of ${fact.name} waits for a secret from a person${row === undefined ? '' : `: it is at the step ${row.step}`}.`,
      { code: 'no_rotation_waits' },
    );
  }
  const stored = storing({ row, holder }, secret, ports, { step: 'test' });
  await save(
    { row, holder },
    {
      ...stored,
      async within(db) {
        const known = await ports.vault.match(db, secrets, fact.name, secret);
        if (known !== undefined) {
          throw new ConflictError(
            `That is the version ${known.version} of ${fact.name}, which is here already (${known.state}). Give the new one.`,
            { code: 'secret_known' },
          );
        }
        return stored.within?.(db);
      },
    },
    ports,
  );
  return row.id;
}

/** @throws {ValidationError} `secret_invalid` */
export function checkSecret(secret: Secret): void {
  if (/^[\x21-\x7e]{8,4096}$/.test(secret.reveal())) return;
  throw new ValidationError(
    'A secret has 8 to 4096 printable characters and no spaces. Was all of it given, and nothing else?',
    { code: 'secret_invalid', path: '/value' },
  );
}
