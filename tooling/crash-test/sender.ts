import type { GoldenWebhook } from '@onceover/runner';
import type { Vendor } from './vendors.ts';

export interface SendLog {
  /** Answered 2xx, by the body's text: what the runner promised to keep. */
  acknowledged: Map<string, GoldenWebhook>;
  accepted: number;
  refused: number;
  /** Tries that met no runner, or were answered otherwise, and were repeated. */
  retries: number;
}

/** Sends webhooks as vendors do: signed by the fake, repeated until a 2xx; a 401 ends a forged one. */
export async function sendAll(options: {
  webhooks: readonly GoldenWebhook[];
  vendors: readonly Vendor[];
  /** The runner that the next try goes to. */
  url: () => string;
  concurrency: number;
  /** Pause between webhooks of one sender, so that the load lasts. */
  pauseMs: number;
  log: SendLog;
  /** How many webhooks may have been begun by now. */
  limit: () => number;
  onSent: () => void;
}): Promise<void> {
  const { webhooks, vendors, url, concurrency, pauseMs, log, limit, onSent } = options;
  const queue = webhooks.entries();
  const sender = async () => {
    for (const [index, webhook] of queue) {
      while (index >= limit()) await pause(5);
      await sendOne(webhook, vendors, url, log);
      onSent();
      await pause(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, sender));
}

async function sendOne(
  webhook: GoldenWebhook,
  vendors: readonly Vendor[],
  url: () => string,
  log: SendLog,
): Promise<void> {
  const vendor = vendors.find(({ connection }) => connection === webhook.connection);
  if (vendor === undefined) throw new Error(`No vendor stands for connection ${webhook.connection}`);
  for (;;) {
    const status = await trySend(webhook, vendor, `${url()}/v1/hooks/${webhook.connection}`);
    if (status === 200) {
      log.accepted += 1;
      if (webhook.forged) throw new Error('A forged webhook was accepted');
      log.acknowledged.set(JSON.stringify(webhook.event), webhook);
      return;
    }
    if (status === 401 && webhook.forged) {
      log.refused += 1;
      return;
    }
    if (status === 401) throw new Error('A genuine webhook was refused');
    log.retries += 1;
    await pause(100);
  }
}

async function trySend(webhook: GoldenWebhook, vendor: Vendor, to: string): Promise<number> {
  try {
    const { status } = await vendor.running.sandbox.send({
      to,
      // The golden file is JSON.
      event: webhook.event as never,
      ...(webhook.forged ? { secret: 'not-the-secret' } : {}),
    });
    return status;
  } catch {
    return 0;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
