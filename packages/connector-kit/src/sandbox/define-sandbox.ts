import type { SandboxDefinition } from './sandbox-definition.ts';
import { startSandbox } from './start-sandbox.ts';

/** A vendor fake that a connector's `./sandbox` exports as `sandbox`; `onceover sandbox <connector>` starts it. */
export interface DefinedSandbox<State> extends SandboxDefinition<State> {
  /** Starts it on loopback; port 0 takes a free one. */
  start(options?: { port?: number }): Promise<{
    url: string;
    accessToken: string;
    webhookSecret: string;
    stop(): Promise<void>;
  }>;
}

/** Declares a vendor fake. */
export function defineSandbox<State>(definition: SandboxDefinition<State>): DefinedSandbox<State> {
  return Object.freeze({
    ...definition,
    async start(options: { port?: number } = {}) {
      const { url, accessToken, webhookSecret, close } = await startSandbox(definition, options);
      return { url, accessToken, webhookSecret, stop: close };
    },
  });
}
