import { createHmac } from 'node:crypto';

/** Headers and body of a webhook as the billing vendor signs it: `t=…,v1=HMAC-SHA256(t.body)`. */
export function signedWebhook(
  body: string | Buffer,
  { secret, at = new Date() }: { secret: string; at?: Date },
): { method: 'POST'; headers: Record<string, string>; body: Uint8Array<ArrayBuffer> } {
  const seconds = Math.floor(at.getTime() / 1000);
  const signature = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': `t=${seconds},v1=${signature}` },
    body: new Uint8Array(Buffer.from(body)),
  };
}
