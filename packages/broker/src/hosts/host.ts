import type { JsonValue } from '@onceover/contract';

/** How far the code in a host is held back. */
export type IsolationLevel = 'strict' | 'permission' | 'inline';

/** A call that hosted code makes back. Never rejects: errors travel in the reply. */
export type HostCallback = (call: JsonValue) => Promise<JsonValue>;

/**
 * Holds one module of connector or automation code, and speaks to it in JSON messages alone. What holds it, this
 * process or a child, changes neither messages nor callers.
 */
export interface Host {
  readonly level: IsolationLevel;
  /**
   * @param signal the request's deadline; the code is told, and not waited for
   * @returns the code's reply; what the code throws is an error reply
   * @throws {OnceoverError} `host_deadline`, `host_message` (no JSON, or too large), `host_closed`
   */
  request(message: JsonValue, onCallback: HostCallback, signal: AbortSignal): Promise<JsonValue>;
  close(): Promise<void>;
}
