import { setTimeout as pause } from 'node:timers/promises';
import { claimHook, isRefuted, listQueuedHooks, releaseHooks } from '@onceover/store';
import type { Clock } from '../ports.ts';
import { type HookReaderPorts, maxDeliveries, readHook } from './read-hook.ts';

export interface HookReaders {
  start(): void;
  /** A delivery of this hook was stored. */
  wake(hookId: string, tenant: string): void;
  stop(): Promise<void>;
}

export interface HookReadersOptions extends HookReaderPorts {
  clock: Clock;
  owner: string;
  leaseMs: number;
  pollMs: number;
}

interface Reader {
  tenant: string;
  lease: { epoch: number; untilMs: number } | undefined;
  isAwake: boolean;
  /** Deliveries that the next read takes. */
  limit: number;
  /** Places of the queue that were read. */
  after: number;
  fullLookAtMs: number;
  done: Promise<void> | undefined;
}

function newReader(tenant: string): Reader {
  return {
    tenant,
    lease: undefined,
    isAwake: false,
    limit: maxDeliveries,
    after: 0,
    fullLookAtMs: 0,
    done: undefined,
  };
}

/** Places that may be given out and not committed yet when a later one is read, generously. */
const uncommitted = 5000;
/** How often a read looks from the beginning all the same. */
const fullLookMs = 1000;

const fewDeliveries = 8;
const lingerMs = 10;

/** How long a hook rests after reading it failed. */
const failurePauseMs = 1000;

/** Reads the deliveries of hooks, each hook by one runner at a time. */
export function createHookReaders(options: HookReadersOptions): HookReaders {
  const { store, log, clock, owner, leaseMs, pollMs } = options;
  const readers = new Map<string, Reader>();
  const abort = new AbortController();
  let isRunning = false;
  let poll: NodeJS.Timeout | undefined;
  let polling: Promise<void> = Promise.resolve();

  const wake = (hookId: string, tenant: string) => {
    if (!isRunning) return;
    const reader = readers.get(hookId) ?? newReader(tenant);
    readers.set(hookId, reader);
    reader.isAwake = true;
    reader.done ??= drain(hookId, reader).finally(() => {
      reader.done = undefined;
      // Woken while the last look was ending.
      if (reader.isAwake) wake(hookId, tenant);
    });
  };

  const drain = async (hookId: string, reader: Reader): Promise<void> => {
    try {
      while (isRunning && reader.isAwake) {
        reader.isAwake = false;
        let hasMore = true;
        while (isRunning && hasMore) {
          const epoch = await hold(hookId, reader);
          // Another runner reads it.
          if (epoch === undefined) return;
          const startedMs = clock.monotonicMs();
          const held = { hookId, tenant: reader.tenant, epoch, leaseMs };
          const isFullLook = startedMs >= reader.fullLookAtMs;
          if (isFullLook) reader.fullLookAtMs = startedMs + fullLookMs;
          const from = { after: isFullLook ? 0 : reader.after, limit: reader.limit };
          const { count, last } = await readHook(held, from, options, abort.signal);
          reader.after = Math.max(0, last - uncommitted);
          hasMore = count > 0;
          if (hasMore) reader.lease = { epoch, untilMs: startedMs + leaseMs };
          // Deliveries come fast, and wait no longer for it when more of them are read at once.
          if (count >= fewDeliveries && count < reader.limit) await pause(lingerMs);
          reader.limit = Math.min(maxDeliveries, reader.limit * 2);
        }
      }
    } catch (error) {
      reader.lease = undefined;
      reader.isAwake = false;
      // One of them may be at fault: the next reads find it.
      reader.limit = 1;
      if (!isRefuted(error)) log.error({ err: error, hook: hookId }, 'deliveries could not be read');
      setTimeout(() => wake(hookId, reader.tenant), failurePauseMs).unref();
    }
  };

  const hold = async (hookId: string, reader: Reader): Promise<number | undefined> => {
    const startedMs = clock.monotonicMs();
    if (reader.lease !== undefined && startedMs < reader.lease.untilMs - leaseMs / 2)
      return reader.lease.epoch;
    const epoch = await claimHook(store, { hookId, tenant: reader.tenant, owner, leaseMs });
    reader.lease = epoch === undefined ? undefined : { epoch, untilMs: startedMs + leaseMs };
    return epoch;
  };

  const look = async (): Promise<void> => {
    try {
      for (const { hook_id: hookId, tenant } of await listQueuedHooks(store, owner)) wake(hookId, tenant);
    } catch (error) {
      log.warn({ err: error }, 'queued deliveries could not be looked for');
    }
  };

  return {
    start() {
      isRunning = true;
      polling = look();
      poll = setInterval(() => {
        polling = look();
      }, pollMs);
    },
    wake,
    async stop() {
      isRunning = false;
      clearInterval(poll);
      await polling;
      await Promise.all([...readers.values()].flatMap(({ done }) => done ?? []));
      abort.abort();
      await releaseHooks(store, owner).catch((error: unknown) => {
        log.warn({ err: error }, 'hooks could not be given back: their leases will run out');
      });
    },
  };
}
