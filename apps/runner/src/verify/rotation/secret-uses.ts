import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretFact } from '@onceover/contract';
import { CheckFailure, NotRun } from '../check.ts';
import { newRecord, writeOnce } from '../checks/write-check.ts';
import type { Findings } from '../findings.ts';
import { hookUrlOf } from '../hook-url-of.ts';
import { sandboxControl } from '../sandbox-control.ts';
import { connectionId, type VerifyRig } from '../verify-rig.ts';

/** A runner may know what another one has retired for a few seconds yet. */
const rememberedMs = 15_000;

/** Uses of a secret, which tell whether it holds. */

interface Use {
  fact: SecretFact;
  rig: VerifyRig;
  found: Findings;
}

/** @param secret the sandbox's own unless given @throws {NotRun} when the sandbox sends nothing */
export async function requireDelivered({ fact, rig, found }: Use, secret: string | undefined): Promise<void> {
  const status = await delivered({ rig, found }, secret);
  if (status === 200) return;
  throw new CheckFailure(
    `A delivery that was signed with the new ${fact.name} got ${status}: the sandbox must sign with what its vendor signs with after the rotation.`,
  );
}

/** While the overlap lasts. */
export async function requireBothHold(
  use: Use,
  given: { value: string; old: string | undefined } | undefined,
): Promise<void> {
  const { fact } = use;
  await requireRefresh(use);
  if (!fact.uses.includes('webhook') || given?.old === undefined) return;
  await requireDelivered(use, given.value);
  const status = await delivered(use, given.old);
  if (status !== 200)
    throw new CheckFailure(`In the overlap a delivery signed with the old ${fact.name} got ${status}.`);
}

/** At the end: ours is the refusal of deliveries, the vendor's that of calls. */
export async function requireOldRefused(use: Use, old: string): Promise<void> {
  const { fact } = use;
  await requireRefresh(use);
  if (!fact.uses.includes('webhook')) return;
  const until = performance.now() + rememberedMs;
  while ((await delivered(use, old)) !== 401) {
    if (performance.now() > until) {
      throw new CheckFailure(`At the end a delivery signed with the old ${fact.name} is still accepted.`);
    }
    await sleep(250);
  }
}

async function delivered({ rig, found }: Omit<Use, 'fact'>, secret: string | undefined): Promise<number> {
  const status = await sandboxControl(rig.sandbox.url).deliver({ to: hookUrlOf(rig, found), secret });
  if (status !== undefined) return status;
  throw new NotRun(
    'it waits for a delivery that is signed with the new secret, and the sandbox sends none (POST /_sandbox/send)',
  );
}

/** The token endpoint takes our client with the secret that is in use now. */
async function requireRefresh({ fact, rig, found }: Use): Promise<void> {
  const { write, isAuthorized } = found;
  if (!fact.uses.includes('oauth') || write === undefined || isAuthorized !== true) return;
  rig.proxy.expireTokens();
  const record = newRecord(write, rig);
  if (record === undefined) return;
  const { outcome, detail } = await writeOnce(write, record, rig, connectionId);
  if (outcome === 'created') return;
  throw new CheckFailure(`With the new ${fact.name} no access token could be refreshed: ${detail}`);
}
