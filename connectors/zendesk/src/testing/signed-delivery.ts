import { createHmac } from 'node:crypto';
import type { SignatureVector } from '@onceover/connector-kit/testing';

/**
 * A delivery signed as Zendesk's page tells (no SDK of theirs signs or verifies):
 * base64(HMACSHA256(TIMESTAMP + BODY)), https://developer.zendesk.com/documentation/webhooks/verifying/
 */
export function signedDelivery(
  name: string,
  delivery: { secret: string; timestamp: string; body: string },
): SignatureVector {
  const { secret, timestamp, body } = delivery;
  return {
    name,
    secret,
    method: 'POST',
    url: 'https://onceover.example/v1/hooks/support',
    headers: {
      'content-type': 'application/json',
      'x-zendesk-webhook-signature': createHmac('sha256', secret)
        .update(timestamp + body)
        .digest('base64'),
      'x-zendesk-webhook-signature-timestamp': timestamp,
    },
    body,
    signedAt: new Date(timestamp),
  };
}
