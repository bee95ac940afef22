import { createHmac } from 'node:crypto';
import { invoicePaidEvent } from '@onceover/connector-stripe/sandbox';

export interface SignedBody {
  /** The business key that its effect carries. */
  email: string;
  body: string;
  headers: Record<string, string>;
}

let made = 0;

/** Golden `invoice.paid` bodies, every one different in ids and e-mail, signed now. */
export function signedBodies(count: number, secret: string): SignedBody[] {
  const seconds = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, () => {
    made += 1;
    const email = `bench-${made}@example.com`;
    const body = JSON.stringify(invoicePaidEvent({ id: `bench${made}`, email, created: seconds }));
    const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
    return {
      email,
      body,
      headers: { 'content-type': 'application/json', 'stripe-signature': `t=${seconds},v1=${signature}` },
    };
  });
}
