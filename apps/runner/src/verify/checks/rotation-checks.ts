import type { SecretFact } from '@onceover/contract';
import { type Check, CheckFailure, NotRun } from '../check.ts';
import type { Findings } from '../findings.ts';
import { type DrivenRotation, driveRotation } from '../rotation/drive-rotation.ts';
import { givePersonsSecret } from '../rotation/persons-secret.ts';
import { requireTidy } from '../rotation/require-tidy.ts';
import { holderOf } from '../rotation/secret-place.ts';
import { startTrickle, type TrickledCalls } from '../trickle.ts';
import type { VerifyRig } from '../verify-rig.ts';

/** A line for each secret that the manifest names, and one where it names none. */
export function rotationChecks(
  rig: VerifyRig,
  found: Findings,
  options: { kill: boolean },
): readonly Check[] {
  const { secrets } = rig.connector.manifest.auth;
  if (secrets.length === 0) return [nothingToRotate];
  return secrets.map((fact) => ({
    name: `rotation, ${fact.name}`,
    run: () => rotate(fact, rig, found, options),
  }));
}

const nothingToRotate: Check = {
  name: 'rotation',
  async run() {
    throw new NotRun('the manifest names no secret');
  },
};

/** Writes go on while a secret is replaced, with a kill in between: it must come to its end, and nothing be left over. */
async function rotate(
  fact: SecretFact,
  rig: VerifyRig,
  found: Findings,
  { kill }: { kill: boolean },
): Promise<string> {
  requireGround(fact, rig, found);
  await found.runner.start();
  const rotation: DrivenRotation = { fact, rig, found, kill, holder: holderOf(fact) };
  const trickle = found.write && startTrickle(rig, found.write, rotation.holder.connection);
  const seen: string[] = [];
  let calls: TrickledCalls | undefined;
  try {
    seen.push(...(await drive(rotation)), await requireTidy(rotation));
  } finally {
    calls = await trickle?.stop();
  }
  if (calls !== undefined) seen.push(describeCalls(fact, calls));
  return seen.join('; ');
}

function drive(rotation: DrivenRotation): Promise<string[]> {
  return rotation.fact.issuer === 'person' ? givePersonsSecret(rotation) : driveRotation(rotation, undefined);
}

/** @throws {CheckFailure} when a call failed, and none should have */
function describeCalls({ name, overlap }: SecretFact, { calls, failures }: TrickledCalls): string {
  const failed = failures.length;
  if (overlap.mode === 'cutover') return `${failed} of ${calls} calls failed meanwhile: a cutover`;
  if (failed === 0) return `0 of ${calls} calls failed meanwhile`;
  throw new CheckFailure(
    `${failed} of ${calls} calls failed while the old and the new ${name} should hold side by side: ${failures[0]}. Check its overlap in the manifest, and when its hooks end the old one.`,
  );
}

/** @throws {NotRun} */
function requireGround(fact: SecretFact, { connector }: VerifyRig, found: Findings): void {
  const { auth, rotation } = connector.manifest;
  if (fact.issuer !== 'person' && rotation[fact.name] === undefined) {
    throw new NotRun(`the manifest's rotation has no hooks for it`);
  }
  const needsConsent = fact.per === 'connection' && !fact.uses.includes('api');
  if (needsConsent && found.isAuthorized !== true) throw new NotRun('the connection is not authorised');
  if (fact.uses.includes('oauth') && !auth.grants.includes('refresh_token')) {
    throw new NotRun('no token endpoint tells whether a client secret holds');
  }
}
