import type { ErrorData } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { ConnectionFacts } from '../operation-context.ts';
import type { RecordOutcome } from '../outcomes.ts';
import type { RotationContext, RotationHooks, VendorSecret } from '../rotation.ts';

/**
 * What a host and the code it holds say to each other. Every message is JSON and size-capped, also when both live
 * in one process: an isolated host changes nothing but the wire.
 */

/** A call into connector code. */
export type ConnectorRequest =
  | { kind: 'manifest' }
  | {
      kind: 'run';
      operation: string;
      mode: 'execute' | 'plan';
      connection: ConnectionFacts;
      /** For a write. */
      records?: readonly { record: JsonValue; naturalKey: string; effectKey: string }[];
      /** For a read. */
      input?: JsonValue;
    }
  | {
      kind: 'lookup';
      operation: string;
      connection: ConnectionFacts;
      records: readonly { record: JsonValue; naturalKey: string; effectKey: string }[];
    }
  | {
      kind: 'rotate';
      hook: keyof RotationHooks;
      context: Omit<RotationContext, 'http' | 'signal' | 'vendorSecretId'> & { vendorSecretId?: string };
    }
  | { kind: 'normalize'; trigger: string; items: readonly { item: JsonValue; record?: JsonValue | null }[] };

export type ConnectorReply =
  | { kind: 'manifest'; manifest: JsonValue }
  | { kind: 'read'; output: JsonValue }
  | { kind: 'written'; outcomes: readonly RecordOutcome[] }
  | { kind: 'looked-up'; vendorIds: readonly (string | null)[] }
  | {
      kind: 'rotated';
      /** What the hook found out: of `create` and `set` the id, of `test` the rest, of `reconcile` the list. */
      vendorSecretId?: string;
      principal?: string;
      scopes?: readonly string[];
      secrets?: readonly VendorSecret[];
    }
  | {
      kind: 'normalized';
      /** One entry for each item: its events, or why it has none. */
      items: readonly (
        | { events: readonly { type: string; data: JsonValue; time?: string }[] }
        | { error: ErrorData }
      )[];
    }
  | { kind: 'error'; error: ErrorData };

/** A call that hosted connector code makes back to the broker. */
export type ConnectorCallback =
  | { kind: 'http'; request: WireRequest }
  | { kind: 'links-find'; resource: string; keys: readonly string[] }
  | { kind: 'links-forget'; resource: string; key: string };

export type CallbackReply =
  | { kind: 'http'; response: WireResponse }
  | { kind: 'links-found'; vendorIds: Readonly<Record<string, string>> }
  | { kind: 'done' }
  | { kind: 'error'; error: ErrorData };

/** An HTTP request as it crosses the host's border: the body already serialised. */
export interface WireRequest {
  method: string;
  path: string;
  /** Already encoded, without `?`; empty when there is none. */
  query: string;
  headers: Readonly<Record<string, string>>;
  contentType?: string;
  body?: string;
  /** Of a rotation hook: where the broker puts the pending secret. */
  place?: string;
}

export interface WireResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Code that a host holds. Automation bundles and connectors are both reached like this. */
export interface HostedModule {
  /** Never rejects: errors travel in the reply. */
  handle(
    request: JsonValue,
    callback: (call: JsonValue) => Promise<JsonValue>,
    signal: AbortSignal,
  ): Promise<JsonValue>;
}
