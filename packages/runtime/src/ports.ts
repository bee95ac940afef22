import { randomBytes, randomUUIDv7 } from 'node:crypto';
import type { Broker } from '@onceover/broker';
import type { JsonValue } from '@onceover/contract';
import type { AutomationDescription } from '@onceover/automation/host';

/** What the runtime takes from outside, so that tests can give their own. */

export interface Clock {
  /** Wall time. The database's clock alone decides what is due; this one names times to people. */
  now(): Date;
  /** Milliseconds that only go forward. */
  monotonicMs(): number;
}

export const systemClock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };

export interface Randomness {
  /** A UUID that sorts by time. */
  uuid(): string;
  bytes(size: number): Buffer;
  /** At least 0, below 1. */
  fraction(): number;
}

/** The system's. Its UUIDs also sort within a millisecond, so that what was made later is listed as newer. */
export function createRandomness(): Randomness {
  let lastTime = '';
  let counter = 0;
  return {
    uuid() {
      const id = randomUUIDv7();
      const time = id.slice(0, 13);
      // A clock that was set back keeps counting in the old millisecond.
      counter = time <= lastTime ? counter + 1 : 0;
      if (time > lastTime) lastTime = time;
      return counter > 0xfff ? id : `${lastTime}-7${counter.toString(16).padStart(3, '0')}${id.slice(18)}`;
    },
    bytes: (size) => randomBytes(size),
    fraction: () => Math.random(),
  };
}

/** A structured log, as pino's. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the runtime asks of the broker. */
export type BrokerPort = Pick<
  Broker,
  'isolation' | 'effectKey' | 'verify' | 'info' | 'call' | 'lookup' | 'normalize'
> & {
  readonly connections: Pick<Broker['connections'], 'get' | 'byHook' | 'byAccount'>;
};

/** An automation that the runner has opened in its host and that has described itself. */
export interface LoadedAutomation {
  id: string;
  tenant: string;
  description: AutomationDescription;
  /** Never rejects: what fails is an error reply. */
  request(message: JsonValue, signal?: AbortSignal): Promise<JsonValue>;
}
