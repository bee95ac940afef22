import { randomBytes } from 'node:crypto';
import { CheckFailure, NotRun } from '../check.ts';
import { sandboxControl, type SandboxControl } from '../sandbox-control.ts';
import { askToRotate, type DrivenRotation, driveRotation, type GivenSecret } from './drive-rotation.ts';

/**
 * A person's part: the rotation says where and how, and goes on with what it is given. The sandbox is told of the new
 * secret, as the vendor's page would tell the vendor.
 * @throws {NotRun} where the sandbox cannot be told
 */
export async function givePersonsSecret(rotation: DrivenRotation): Promise<string[]> {
  const { fact, rig } = rotation;
  const opened = await askToRotate(rotation);
  const { waitingFor, page, steps } = opened;
  if (waitingFor !== 'person' || page === null || steps.length === 0) {
    throw new CheckFailure(
      `A person who is to rotate ${fact.name} is told too little: the manifest's secret needs its page and steps.`,
    );
  }
  const told = `a person is told the page and ${steps.length} steps`;
  const control = sandboxControl(rig.sandbox.url);
  const given = await issueAtSandbox(rotation, control);
  if (given === undefined) {
    throw new NotRun(
      `${told}; the rest is not run: the sandbox cannot be told of a new client secret (POST /_sandbox/client-secrets)`,
    );
  }
  return [told, ...(await driveRotation(rotation, given))];
}

/** Undefined: the sandbox offers no way. */
async function issueAtSandbox(
  { fact, rig, found }: DrivenRotation,
  control: SandboxControl,
): Promise<GivenSecret | undefined> {
  const value = randomBytes(24).toString('base64url');
  if (!fact.uses.includes('oauth')) {
    // What signs deliveries is chosen with each that is sent.
    const isKnown =
      found.isSubscribed === true || rig.config.connections.some((one) => 'webhookSecret' in one);
    const old = isKnown ? rig.sandbox.webhookSecret : undefined;
    return { value, old, endOld: async () => {} };
  }
  const old = rig.config.registrations[0]?.clientSecret;
  const beside = fact.overlap.mode === 'dual' && old !== undefined ? [old] : [];
  if ((await control.holdClientSecrets([...beside, value])) === undefined) return undefined;
  return { value, old, endOld: () => control.holdClientSecrets([value]) };
}
