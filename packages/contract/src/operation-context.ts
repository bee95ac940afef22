import type { JsonValue } from './json.ts';

/** A call to the vendor. Paths are relative to the connector's first egress origin. */
export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path; encode variable parts with `encodeURIComponent`. */
  path: string;
  query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Only headers that the operation declares in `requestHeaders`. */
  headers?: Readonly<Record<string, string>>;
  /** Sent as `application/json`. */
  json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`, in this order. */
  form?: readonly (readonly [name: string, value: string])[];
  /** Statuses that are answers and not errors, besides 2xx. */
  accept?: readonly number[];
}

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The parsed JSON body without lost digits; undefined when the body is empty or not JSON. */
  json: JsonValue | undefined;
  text: string;
}

/**
 * The only way out for connector code. The broker checks each call against the manifest, adds the credential and
 * the idempotency key, and keeps the write before it is sent. Statuses outside 2xx and `accept` reject with the
 * typed error of {@link classifyAnswer}.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>;
}

/** Known pairs of natural key and vendor id at this connection. Successful writes add theirs by themselves. */
export interface Links {
  /** The vendor ids of those keys that are known. `resource` defaults to the operation's own. */
  find(keys: readonly string[], resource?: string): Promise<ReadonlyMap<string, string>>;
  /** Drops a pair whose record is gone at the vendor. */
  forget(key: string, resource?: string): Promise<void>;
}

export interface ConnectionFacts {
  id: string;
  /** The vendor account, where known. */
  account: string | null;
  variables: Readonly<Record<string, string>>;
}

export interface OperationContext {
  http: HttpClient;
  links: Links;
  /** Aborted at the operation's deadline and when the run is given up. */
  signal: AbortSignal;
  /**
   * `plan`: reads go out; the first write is rendered, kept and withheld, and the call ends there. An operation
   * behaves the same in both modes and needs to look at this only to explain itself.
   */
  mode: 'execute' | 'plan';
  connection: ConnectionFacts;
}

/** A record with the keys the runtime gave it. */
export interface KeyedRecord<Record_> {
  record: Record_;
  /** Natural key in canonical form. */
  naturalKey: string;
  /** The effect's key: the same at each attempt, different for each effect. For a searchable field at the vendor. */
  effectKey: string;
}
