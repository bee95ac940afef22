import { expireLeases } from '@onceover/store';
import type { Findings } from './findings.ts';
import type { SeenRequest } from './vendor-proxy.ts';
import type { VerifyRig } from './verify-rig.ts';

/**
 * Asks the runner for something and kills it as soon as the sandbox has dealt with a request that is meant: what the
 * vendor did is known to nobody. Another runner is there afterwards, and has not been asked for anything.
 * @returns the answer when there was no such request: nobody was killed
 */
export async function killDuring<Answer>(
  ask: () => Promise<Answer>,
  isMeant: (request: SeenRequest) => boolean,
  rig: VerifyRig,
  found: Findings,
): Promise<{ isKilled: true } | { isKilled: false; answer: Answer }> {
  const { promise: killed, resolve } = Promise.withResolvers<void>();
  let isKilled = false;
  const takeBack = rig.proxy.interrupt('after', isMeant, () => {
    isKilled = true;
    found.runner.kill();
    resolve();
  });
  try {
    const answer = await Promise.race([killed, ask()]);
    if (!isKilled) return { isKilled, answer: answer as Answer };
  } catch (error) {
    // Of a killed runner there comes no answer.
    if (!isKilled) throw error;
  } finally {
    takeBack();
  }
  await replaceKilled(rig, found);
  return { isKilled: true };
}

/** Another runner takes the place of a killed one, at once: what the dead one had leased, nobody waits for. */
export async function replaceKilled({ store }: VerifyRig, { runner }: Findings): Promise<void> {
  runner.kill();
  // Until it is gone.
  await runner.stop();
  await expireLeases(store);
  await runner.start();
}
