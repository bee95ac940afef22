import { setTimeout as sleep } from 'node:timers/promises';
import { matchCall, type SecretFact } from '@onceover/contract';
import { expireOverlaps } from '@onceover/store';
import { rotationSchema, type ShownRotation } from '../../http/rotation-schemas.ts';
import { CheckFailure } from '../check.ts';
import type { Findings } from '../findings.ts';
import { killDuring, replaceKilled } from '../restart-during.ts';
import { pathOf, type SeenRequest } from '../vendor-proxy.ts';
import type { VerifyRig } from '../verify-rig.ts';
import type { SecretHolderName } from './secret-place.ts';
import { requireBothHold, requireDelivered, requireOldRefused } from './secret-uses.ts';

/** One secret's rotation through a running runner. */
export interface DrivenRotation {
  fact: SecretFact;
  holder: SecretHolderName;
  rig: VerifyRig;
  found: Findings;
  /** Whether a runner is killed in the middle. */
  kill: boolean;
}

/** A secret that a person got, and what happens at the vendor meanwhile. */
export interface GivenSecret {
  value: string;
  /** The one in use so far, where we know it. */
  old: string | undefined;
  /** The vendor ends the old one. */
  endOld(): Promise<unknown>;
}

/** How a rotation stands. */
type Seen = Pick<
  ShownRotation,
  'step' | 'waitingFor' | 'outcome' | 'proven' | 'lastFailure' | 'detail' | 'version' | 'replaces'
>;

const patienceMs = 30_000;

/** Begins, or goes on. */
export async function askToRotate(
  { holder, fact, found }: DrivenRotation,
  asked: { value?: string } = {},
): Promise<ShownRotation> {
  const body = { secret: fact.name, ...asked };
  return rotationSchema.parse(await found.runner.ask('POST', `${holder.path}/rotate`, body));
}

/**
 * From its beginning, or from the secret that a person gives, to its end. @returns what was seen
 * @throws {CheckFailure} what stopped it
 */
export async function driveRotation(
  rotation: DrivenRotation,
  given: GivenSecret | undefined,
): Promise<string[]> {
  const { kill } = rotation;
  const ask = () => askToRotate(rotation, given === undefined ? {} : { value: given.value });
  const begun = kill ? await askKilled(rotation, ask) : await ask();
  const inUse = await untilInUse(rotation, begun, given);
  if (inUse.waitingFor === 'overlap') await requireBothHold(rotation, given);
  await given?.endOld();
  const ended = await untilEnded(rotation, inUse);
  if (given?.old !== undefined) await requireOldRefused(rotation, given.old);
  return [
    `version ${ended.replaces ?? 0} ▸ ${ended.version}${kill ? ', a runner killed in the middle' : ''}`,
    ended.proven === true
      ? 'a use of the old one is refused'
      : 'no use tells whether the vendor takes the old one',
  ];
}

/** Kills the runner when the vendor has done what a hook asked for; where it asks no vendor, as soon as it has answered. */
async function askKilled(
  rotation: DrivenRotation,
  ask: () => Promise<ShownRotation>,
): Promise<ShownRotation> {
  const { rig, found } = rotation;
  const asked = await killDuring(ask, isVendorCall(rotation), rig, found);
  if (!asked.isKilled) {
    if (asked.answer.outcome !== null) return asked.answer;
    await replaceKilled(rig, found);
  }
  return askToRotate(rotation);
}

/** The rotation's own: hooks' writes, or the token endpoint where a client secret is proved. */
function isVendorCall({ rig, fact }: DrivenRotation): (request: SeenRequest) => boolean {
  const { auth, rotation } = rig.connector.manifest;
  const hooks = rotation[fact.name];
  const tokenPath = pathOf(auth.tokenUrl);
  return (request) =>
    hooks === undefined
      ? fact.uses.includes('oauth') && request.method === 'POST' && request.path === tokenPath
      : matchCall(request, hooks.writes) !== undefined;
}

/** Until the new secret is in use. */
async function untilInUse(
  rotation: DrivenRotation,
  begun: ShownRotation,
  given: GivenSecret | undefined,
): Promise<Seen> {
  const ask = () => askToRotate(rotation);
  return poll(rotation.fact, begun, ask, async (state) => {
    if (state.waitingFor === 'delivery') await requireDelivered(rotation, given?.value);
    return state.step === 'revoke' || state.outcome === 'rotated';
  });
}

/** The overlap may last for days: it is let end. Who asks for a rotation now would get the next one. */
async function untilEnded({ fact, holder, rig }: DrivenRotation, inUse: Seen): Promise<Seen> {
  const { rotations } = rig.broker;
  const goOn = async () => {
    await expireOverlaps(rig.store);
    await rotations.runDue();
    const own = (await rotations.list('default')).find(({ id }) => id === holder.id);
    return own?.secrets.find(({ secret }) => secret === fact.name)?.rotation ?? inUse;
  };
  return poll(fact, inUse, goOn, async ({ outcome }) => outcome === 'rotated');
}

async function poll(
  fact: SecretFact,
  first: Seen,
  next: () => Promise<Seen>,
  isDone: (state: Seen) => Promise<boolean>,
): Promise<Seen> {
  const until = performance.now() + patienceMs;
  for (let state = first; ; state = await next()) {
    if (await isDone(state)) return state;
    requireGoingOn(fact, state);
    if (performance.now() > until) {
      const why = state.lastFailure === null ? '' : `: ${state.lastFailure}`;
      throw new CheckFailure(`The rotation came no further than ${state.step ?? 'its end'}${why}.`);
    }
    await sleep(100);
  }
}

function requireGoingOn({ name, page }: SecretFact, state: Seen): void {
  if (state.outcome === 'failed') {
    throw new CheckFailure(`The rotation of ${name} failed: ${state.detail ?? 'no reason was given'}`);
  }
  if (state.waitingFor === 'person') {
    throw new CheckFailure(
      `The new ${name} was not taken: ${state.lastFailure ?? 'a person is asked for it again'}. Check tokenUrl and clientAuthentication.`,
    );
  }
  if (state.lastFailure?.startsWith('old_secret_holds') !== true) return;
  throw new CheckFailure(
    `The old ${name} still works at the end: ${page === undefined ? 'the hook revoke must end it' : 'the sandbox must refuse it'}, so that a use of it gets 401 or 403.`,
  );
}
