import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '@onceover/broker';
import type { Logger } from 'pino';

/**
 * Has webhook subscriptions looked after, from a little after the start until it is stopped. A start never waits for
 * it, and what fails is tried again.
 */
export function keepSubscriptions(options: {
  broker: Pick<Broker, 'subscriptions'>;
  publicUrl: () => string;
  log: Logger;
  /** About: runners that start at once do not all look at once. */
  firstAfterMs?: number;
  /** About, too. Each subscription has a time of its own to be looked at. */
  everyMs?: number;
}): { stop(): Promise<void> } {
  const { broker, publicUrl, log, firstAfterMs = 5000, everyMs = 300_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const jittered = (ms: number) => ms * (0.5 + Math.random());
  const run = async () => {
    for (let waitMs = jittered(firstAfterMs); ; waitMs = jittered(everyMs)) {
      await sleep(waitMs, undefined, { signal, ref: false });
      const done = await broker.subscriptions.keepAll({ publicUrl: publicUrl(), signal });
      if (done.failed > 0) log.warn(done, 'webhook subscriptions are not all as they should be');
    }
  };
  const running = run().catch((error: unknown) => {
    if (!signal.aborted) log.error({ err: error }, 'webhook subscriptions are not looked after any more');
  });
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
