import { type ErrorData, type JsonValue, UpstreamError } from '@onceover/contract';
import { openDeadline } from './deadline.ts';
import { brokerErrorData } from '../broker-error-data.ts';
import type { ConnectorSet } from '../connectors/connector-set.ts';
import type { HostPool } from '../hosts/host-pool.ts';
import { parseReply } from '../hosts/message-schemas.ts';

/** Items of one trigger, for the connector's pure `normalize`. */
export interface NormalizeCall {
  tenant: string;
  /** The connector's id, and its version where one is pinned. */
  connector: string;
  version?: string | null;
  trigger: string;
  items: readonly { item: JsonValue; record?: JsonValue | null }[];
  signal: AbortSignal;
}

export type NormalizedItem =
  | { events: readonly { type: string; data: JsonValue; time?: string }[] }
  | { error: ErrorData };

/** `items` in the order of the call's; `error` when none could be normalised. */
export type NormalizeResult = { items: readonly NormalizedItem[] } | { error: ErrorData };

const timeoutMs = 10_000;

/** Never rejects. */
export async function normalizeItems(
  call: NormalizeCall,
  { connectors, hosts }: { connectors: ConnectorSet; hosts: HostPool },
): Promise<NormalizeResult> {
  try {
    const connector = connectors.find(call.connector, call.version ?? null);
    const host = hosts.connector(call.tenant, connector);
    const message = { kind: 'normalize', trigger: call.trigger, items: call.items };
    const deadline = openDeadline(call.signal, timeoutMs);
    const answer = host.request(message, refuse, deadline.signal);
    const reply = parseReply(await answer.finally(() => deadline.close()));
    if (reply.kind === 'error') return { error: reply.error };
    if (reply.kind === 'normalized' && reply.items.length === call.items.length)
      return { items: reply.items };
    throw new UpstreamError('The connector must give one answer for each item', {
      code: 'host_reply',
      retry: 'never',
    });
  } catch (error) {
    return { error: brokerErrorData(error) };
  }
}

async function refuse(): Promise<JsonValue> {
  const error = new UpstreamError('normalize is pure: it makes no calls', {
    code: 'call_not_declared',
    retry: 'never',
  });
  return { kind: 'error', error: { ...brokerErrorData(error) } };
}
