import { ConflictError, type SecretFact } from '@onceover/contract';
import { findOpenRotation, findRotation, type RotationRow } from '@onceover/store';
import { endWithoutSecret } from './advance-rotation.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { stepFacts } from './rotation-step.ts';
import type { SecretHolder } from './secret-holder.ts';
import { takeRotation } from './start-rotation.ts';

/**
 * Ends a rotation whose secret is not in use yet; what the vendor has made for it is ended there.
 * @throws {ConflictError} `no_rotation`, `rotation_busy`
 */
export async function cancelRotation(
  holder: SecretHolder,
  fact: SecretFact,
  { by }: { by: string },
  ports: RotationPorts,
): Promise<RotationRow> {
  const startedAt = performance.now();
  const open = await findOpenRotation(ports.store, { owner: holder.secrets.id, field: fact.name });
  if (open === undefined) {
    throw new ConflictError(
      `There is no rotation of ${fact.name} to cancel, or its secret is in use already.`,
      { code: 'no_rotation' },
    );
  }
  const row = await takeRotation(open, ports);
  if (row === undefined) {
    throw new ConflictError('A runner is at a step of this rotation. Try again in half a minute.', {
      code: 'rotation_busy',
      retry: 'later',
    });
  }
  await endWithoutSecret(stepFacts({ row, holder, fact }, startedAt, ports), `cancelled by ${by}`, ports);
  return (await findRotation(ports.store, row.id)) ?? row;
}
