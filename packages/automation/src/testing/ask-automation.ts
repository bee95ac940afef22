import { type JsonValue, parseJson, stringifyJson } from '@onceover/contract';
import type { AutomationReply, AutomationRequest } from '../hosting/protocol.ts';
import { serveAutomation } from '../hosting/serve-automation.ts';

/** Asks a module as a host does: JSON in, JSON out. For the tests of this package. */
export async function askAutomation(module: object, request: AutomationRequest): Promise<AutomationReply> {
  const reply = await serveAutomation(module).handle(
    overTheWire(request),
    () => Promise.reject(new Error('automation code makes no calls')),
    AbortSignal.timeout(5000),
  );
  return overTheWire(reply) as unknown as AutomationReply;
}

function overTheWire(message: unknown): JsonValue {
  return parseJson(stringifyJson(message));
}
