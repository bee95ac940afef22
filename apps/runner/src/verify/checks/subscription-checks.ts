import { findWebhook, type Manifest, matchCall, type SubscriptionManifest } from '@onceover/contract';
import { z } from 'zod';
import { type Check, CheckFailure, NotRun } from '../check.ts';
import type { Findings } from '../findings.ts';
import { killDuring } from '../restart-during.ts';
import { flowConnectionId } from '../runner-flows.ts';
import { sandboxControl } from '../sandbox-control.ts';
import type { SeenRequest } from '../vendor-proxy.ts';
import { hookUrlOf } from '../hook-url-of.ts';
import { connectionId, type VerifyRig } from '../verify-rig.ts';

type Kept = Extract<SubscriptionManifest, { list: string }>;

const checksSchema = z.object({
  checks: z.array(z.object({ item: z.string(), state: z.string(), detail: z.string() })),
});

/** A subscription that a runner makes, is killed at, and that two others find: the sandbox has it once, and delivers. */
export function subscriptionCheck(rig: VerifyRig, found: Findings, { kill }: { kill: boolean }): Check {
  return {
    name: 'subscription',
    async run() {
      const subscription = keptBy(rig.connector.manifest);
      if (found.isAuthorized !== true) throw new NotRun('the connection is not authorised');
      const { runner } = found;
      await runner.start();
      const subscribe = () => runner.ask('POST', `/v1/connections/${connectionId}/subscribe`);
      if (kill) await killDuring(subscribe, isCallOf(rig, subscription.create), rig, found);
      requireOnce(await subscribe());
      found.isSubscribed = true;
      if (kill) {
        await runner.stop();
        await runner.start();
      }
      await requireListedOnce(rig, found, subscription);
      await requireDeliveries(rig, found);
      const restarts = kill ? 'after a kill at its creation and a restart' : 'no restart was tried';
      return `listed once by the sandbox, ${restarts}; its delivery is accepted, a forged one refused`;
    },
  };
}

/** After the connection was revoked. */
export function unsubscribeCheck(rig: VerifyRig, found: Findings): Check {
  return {
    name: 'unsubscribe',
    async run() {
      const subscription = keptBy(rig.connector.manifest);
      if (found.isSubscribed !== true) throw new NotRun('nothing was subscribed to');
      const answers = rig.proxy.answersTo(isCallOf(rig, subscription.list));
      // The connection's own token is gone: the sandbox's reads the same list.
      await rig.broker.subscriptions.look({
        tenant: 'default',
        connection: flowConnectionId,
        publicUrl: found.runner.url,
      });
      answers.stop();
      const left = timesIn(answers.bodies, hookUrlOf(rig, found));
      if (answers.bodies.length === 0) throw new NotRun('the sandbox was not asked for its list');
      if (left === 0) return 'the sandbox lists it no more';
      throw new CheckFailure(
        `The sandbox still lists ${left} for our URL after the disconnect: ${subscription.remove} must remove it.`,
      );
    },
  };
}

/** @throws {NotRun} without a subscription that is kept by calls */
function keptBy(manifest: Manifest): Kept {
  const webhook = findWebhook(manifest);
  if (webhook === undefined) throw new NotRun('the manifest has no webhook');
  const { subscription } = webhook;
  if (subscription === undefined) throw new NotRun('the manifest says nothing of how it is subscribed to');
  if ('list' in subscription) return subscription;
  throw new NotRun(
    `manual: a person does it at the vendor, in ${subscription.manual.length} steps that \`onceover connect\` shows`,
  );
}

function isCallOf({ connector }: VerifyRig, name: string): (request: SeenRequest) => boolean {
  const operation = connector.manifest.operations.find((one) => one.name === name);
  const calls = operation?.kind === 'write' ? operation.writes : (operation?.reads ?? []);
  return (request) => matchCall(request, calls) !== undefined;
}

function requireOnce(answer: unknown): void {
  const { checks } = checksSchema.parse(answer);
  const line = checks.find(({ item }) => item === 'webhook subscription');
  if (line?.state === 'ok') return;
  throw new CheckFailure(
    `The subscription is not there once: ${line?.detail ?? 'the runner does not tell'}. Check the operations that the trigger's subscription names, and the sandbox's answers to them.`,
  );
}

/** By the vendor's own words: an operation that lists too little would hide a second one. */
async function requireListedOnce(rig: VerifyRig, found: Findings, { list }: Kept): Promise<void> {
  const answers = rig.proxy.answersTo(isCallOf(rig, list));
  requireOnce(await found.runner.ask('GET', `/v1/connections/${connectionId}/checks`));
  answers.stop();
  const times = timesIn(answers.bodies, hookUrlOf(rig, found));
  if (times === 1) return;
  throw new CheckFailure(
    `The sandbox lists our URL ${times} times, and not once: ${list} must list every subscription, so that what is there is not made again and what is too many is removed.`,
  );
}

function timesIn(bodies: readonly string[], url: string): number {
  const inJson = [url, url.replaceAll('/', String.raw`\/`)];
  return inJson.reduce((sum, text) => sum + bodies.join('\n').split(`"${text}"`).length - 1, 0);
}

async function requireDeliveries(rig: VerifyRig, found: Findings): Promise<void> {
  const { deliver } = sandboxControl(rig.sandbox.url);
  const to = hookUrlOf(rig, found);
  const status = await deliver({ to });
  if (status === undefined) {
    throw new CheckFailure(
      'The sandbox sends no delivery: POST /_sandbox/send with { to, event } must sign one as the vendor does.',
    );
  }
  if (status !== 200) {
    throw new CheckFailure(
      `A delivery that the sandbox signed got ${status}. The trigger's signature and the sandbox must agree, and where the vendor tells the secret the operation must withhold it.`,
    );
  }
  const forged = await deliver({ to, secret: 'a-secret-of-nobody' });
  if (forged !== 401) throw new CheckFailure(`A forged delivery got ${forged} and not 401.`);
}
