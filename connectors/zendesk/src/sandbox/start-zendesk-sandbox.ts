import { startSandbox } from '@onceover/connector-kit/sandbox';
import { zendeskSandbox } from './zendesk-sandbox.ts';

/** What `onceover sandbox zendesk` runs. */
export const sandbox = {
  async start(options: { port: number }) {
    const { url, accessToken, webhookSecret, close } = await startSandbox(zendeskSandbox, options);
    return { url, accessToken, webhookSecret, stop: close };
  },
};
