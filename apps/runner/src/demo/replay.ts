import type { GoldenWebhook } from './golden.ts';
import type { SandboxClient } from './sandbox-client.ts';

export interface ReplayResult {
  sent: number;
  accepted: number;
  refused: number;
  /** Answers other than 200 and 401. */
  other: number;
}

/** Lets the sandboxes send every webhook, a few at a time, as vendors would. */
export async function replay(options: {
  webhooks: readonly GoldenWebhook[];
  sandboxes: ReadonlyMap<string, Pick<SandboxClient, 'send'>>;
  /** Where the runner listens. */
  url: string;
  concurrency: number;
  onProgress: (result: ReplayResult) => void;
  signal: AbortSignal;
}): Promise<ReplayResult> {
  const { webhooks, sandboxes, url, concurrency, onProgress, signal } = options;
  const result: ReplayResult = { sent: 0, accepted: 0, refused: 0, other: 0 };
  const queue = webhooks.values();
  const sendAll = async () => {
    for (const { connection, event, forged } of queue) {
      signal.throwIfAborted();
      const status = await sandboxes
        .get(connection)
        ?.send({ to: `${url}/v1/hooks/${connection}`, event, forged });
      result.sent += 1;
      if (status === 200) result.accepted += 1;
      else if (status === 401) result.refused += 1;
      else result.other += 1;
      onProgress(result);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, sendAll));
  return result;
}
