import { z } from 'zod';

/** What a connector's sandbox may offer beside the vendor's API. Undefined: this one does not. */
export interface SandboxControl {
  /** The client secrets that the vendor takes from now on. */
  holdClientSecrets(secrets: readonly string[]): Promise<true | undefined>;
  /** Has a delivery signed and sent. @returns the status that it got */
  deliver(delivery: { to: string; secret?: string | undefined }): Promise<number | undefined>;
}

const sentSchema = z.object({ status: z.number() });

export function sandboxControl(url: string): SandboxControl {
  const post = async (path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/_sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.ok ? response.json() : undefined;
  };
  return {
    async holdClientSecrets(secrets) {
      return (await post('client-secrets', { secrets })) === undefined ? undefined : true;
    },
    async deliver({ to, secret }) {
      const sent = await post('send', { to, event: {}, ...(secret !== undefined && { secret }) });
      return sent === undefined ? undefined : sentSchema.parse(sent).status;
    },
  };
}
