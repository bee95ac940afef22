import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';

const sentSchema = z.object({ status: z.number() });

const ledgerSchema = z.object({
  effects: z.array(
    z.object({
      resource: z.string(),
      naturalKey: z.string(),
      vendorId: z.string(),
      action: z.string(),
      count: z.number(),
    }),
  ),
  requests: z.number(),
});
export type Ledger = z.infer<typeof ledgerSchema>;

/** What is asked of a vendor fake rather than of the vendor. */
export interface SandboxClient {
  /** Puts records there, as if they had always been at the vendor. */
  seed(records: readonly unknown[]): Promise<void>;
  /** Lets the fake sign and send a webhook (forged: with another secret); answers the status that it got. */
  send(delivery: { to: string; event: unknown; forged: boolean }): Promise<number>;
  /** What really happened at the vendor, by business key. */
  ledger(): Promise<Ledger>;
}

/** Speaks to a sandbox's `/_sandbox/` routes. */
export function sandboxClient(name: string, url: string): SandboxClient {
  const post = (path: string, body: unknown) =>
    fetch(`${url}/_sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    async seed(records) {
      const response = await post('seed', { records });
      if (!response.ok)
        throw new ConfigurationError(`The ${name} sandbox took no seed: ${await response.text()}`);
    },
    async send({ to, event, forged }) {
      const secret = forged ? { secret: 'not-the-secret' } : {};
      const response = await post('send', { to, event, ...secret });
      return sentSchema.parse(await response.json()).status;
    },
    async ledger() {
      const response = await fetch(`${url}/_sandbox/ledger`);
      return ledgerSchema.parse(await response.json());
    },
  };
}
