/** What the broker takes from outside, so that tests can give their own. */

export interface Clock {
  /** Wall time. */
  now(): Date;
  /** Milliseconds that only go forward; the system's unless given. */
  monotonicMs?(): number;
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };

/** A structured log, as pino's. The broker never hands it a secret. */
export interface Log {
  warn(fields: object, message: string): void;
}

export const silentLog: Log = { warn: () => {} };

/** What the broker counts. */
export type BrokerCounter =
  /** Requests that went out, by connector, operation and call template. */
  | 'requests_sent'
  /** Requests refused before a socket opened, by connector, operation and code. */
  | 'requests_refused'
  /** Requests that were to wait before a socket opened, by connector and reason: budget, pause, breaker. */
  | 'requests_held_back'
  /** Breakers that opened or closed, by connector and state. */
  | 'breaker_changes'
  /** Writes by connector, operation and state: answered, lost, unsent, withheld. */
  | 'writes'
  /** Refreshes of access tokens, by connector and outcome: refreshed, needs_reauthorization. */
  | 'token_refreshes'
  /** Steps of rotations that were done, by connector and step. */
  | 'secret_rotation_steps'
  /** Deliveries by verdict. */
  | 'deliveries_checked';

export interface Counters {
  increment(name: BrokerCounter, labels: Readonly<Record<string, string>>): void;
}

export const noCounters: Counters = { increment: () => {} };
