import { type JsonValue, errorToData } from '@onceover/contract';
import { openDeadline } from '../calls/deadline.ts';
import type { HostPool } from '../hosts/host-pool.ts';
import type { IsolationLevel } from '../hosts/host.ts';

/** A bundle of automation code, reached by messages alone. */
export interface Automation {
  readonly level: IsolationLevel;
  /**
   * Asks the code; loads it at the first request. What it throws is a reply `{ kind: 'error', error }`, and so is a
   * passed deadline. Never rejects.
   */
  request(message: JsonValue, signal?: AbortSignal): Promise<JsonValue>;
}

/** Synchronous code in batches: whoever needs longer hangs. */
const timeoutMs = 10_000;

export function openAutomation(
  { tenant, bundleFile }: { tenant: string; bundleFile: string },
  hosts: HostPool,
): Automation {
  const host = hosts.automation(tenant, bundleFile);
  return {
    level: host.level,
    async request(message, signal) {
      const deadline = openDeadline(signal, timeoutMs);
      try {
        return await host.request(message, refuse, deadline.signal);
      } catch (error) {
        return errorMessage(error);
      } finally {
        deadline.close();
      }
    },
  };
}

/** Automation code has nothing to call. */
async function refuse(): Promise<JsonValue> {
  return errorMessage(new Error('Automation code makes no calls'));
}

function errorMessage(error: unknown): JsonValue {
  return { kind: 'error', error: { ...errorToData(error) } };
}
