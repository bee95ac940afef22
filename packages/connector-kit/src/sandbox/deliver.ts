import type { JsonValue } from '@onceover/contract';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { SandboxWebhook } from './sandbox-definition.ts';
import { signDelivery } from './sign-delivery.ts';

export const sendSchema = z.strictObject({
  /** A loopback URL. */
  to: z.url({ protocol: /^http$/ }),
  /** The vendor's event; wrapped as the vendor wraps it. */
  event: z.custom<JsonValue>().optional(),
  /** The exact body instead. */
  body: z.string().optional(),
  /** Sign for this URL: where a proxy stands between vendor and receiver. `to` unless given. */
  signedUrl: z.url().optional(),
  /** Another secret: a forged delivery. */
  secret: z.string().optional(),
  /** Sign at another time, RFC 3339. */
  at: z.iso.datetime({ offset: true }).optional(),
});
export type Send = z.infer<typeof sendSchema>;

export interface SentDelivery {
  status: number;
  body: string;
}

/** A delivery as the vendor would make it: method, body and signed headers. */
export function renderDelivery(
  webhook: SandboxWebhook,
  send: Send,
  context: { secret: string; clock: Clock; nextId(): number },
): { method: 'POST'; url: string; headers: Readonly<Record<string, string>>; body: string } {
  const event: JsonValue = send.event ?? null;
  const body = send.body ?? JSON.stringify(webhook.body(event));
  const headers = {
    'content-type': 'application/json',
    ...webhook.headers?.(event, { nextId: context.nextId, clock: context.clock }),
  };
  const url = send.signedUrl ?? send.to;
  const at = send.at === undefined ? context.clock.now() : new Date(send.at);
  const signature = signDelivery(
    webhook.scheme,
    { method: 'POST', url, body, headers },
    send.secret ?? context.secret,
    at,
  );
  return { method: 'POST', url: send.to, headers: { ...headers, ...signature }, body };
}

/** Sends to loopback alone: a fake must not reach anyone. */
export async function deliver(
  delivery: { url: string; headers: Readonly<Record<string, string>>; body: string },
  signal: AbortSignal = AbortSignal.timeout(30_000),
): Promise<SentDelivery> {
  const { hostname } = new URL(delivery.url);
  if (!isLoopback(hostname)) throw new RangeError(`A sandbox sends to loopback alone, not to ${hostname}`);
  const answer = await fetch(delivery.url, {
    method: 'POST',
    headers: delivery.headers,
    body: delivery.body,
    redirect: 'manual',
    signal,
  });
  return { status: answer.status, body: await answer.text() };
}

export function isLoopback(hostname: string): boolean {
  return /^(127(\.\d{1,3}){3}|localhost|\[?::1\]?)$/.test(hostname);
}
