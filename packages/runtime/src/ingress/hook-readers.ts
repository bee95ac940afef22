import { setTimeout as pause } from 'node:timers/promises';
import { OnceoverError } from '@onceover/contract';
import { claimHook, isRefuted, listQueuedHooks, releaseHooks } from '@onceover/store';
import type { Clock } from '../ports.ts';
import { type HeldHook, type HookReaderPorts, maxDeliveries, readHook } from './read-hook.ts';

export interface HookReaders {
  start(): void;
  /** A delivery of this hook was stored. */
  wake(hookId: string, tenant: string): void;
  /** Lets reads come to their end, and aborts them after `timeoutMs`. */
  stop(options: { timeoutMs: number }): Promise<void>;
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
  /** Until then it is left alone: reading failed, or another runner must read on. */
  restUntilMs: number;
  /** Since the last good read. */
  failures: number;
  /** Of these, those that were a host's. */
  troubles: number;
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
    restUntilMs: 0,
    failures: 0,
    troubles: 0,
    done: undefined,
  };
}

/** Places that may be given out and not committed yet when a later one is read, generously. */
const uncommitted = 5000;
/** How often a read looks from the beginning all the same. */
const fullLookMs = 1000;

const fewDeliveries = 8;
const lingerMs = 10;

/** How long a hook rests after reading it failed; twice as long each time, up to the cap. */
const failurePauseMs = 1000;
const maxFailurePauseMs = 15_000;
/** How long it is left to others when its next delivery is of a trigger that this runner does not know. */
const stuckPauseMs = 15_000;

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
    if (clock.monotonicMs() < reader.restUntilMs) return;
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
          if (epoch === undefined) {
            // Another runner reads it.
            options.cache.dropHook(hookId);
            return;
          }
          const startedMs = clock.monotonicMs();
          const held = { hookId, tenant: reader.tenant, epoch, leaseMs };
          const isFullLook = startedMs >= reader.fullLookAtMs;
          if (isFullLook) reader.fullLookAtMs = startedMs + fullLookMs;
          const { limit, troubles } = reader;
          const from = { after: isFullLook ? 0 : reader.after, limit, troubles };
          const { count, last, isStuck } = await withHeartbeat(held, () =>
            readHook(held, from, options, abort.signal),
          );
          reader.failures = 0;
          reader.troubles = 0;
          if (isStuck && count === 0) return await leaveToOthers(hookId, reader);
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
      // One of them may be at fault: the next reads find it. A host's trouble is no delivery's fault.
      if (OnceoverError.isInstance(error)) reader.troubles += 1;
      else reader.limit = 1;
      if (!isRefuted(error) && !abort.signal.aborted)
        log.error({ err: error, hook: hookId }, 'deliveries could not be read');
      reader.failures += 1;
      rest(hookId, reader, Math.min(maxFailurePauseMs, failurePauseMs * 2 ** (reader.failures - 1)));
    }
  };

  const rest = (hookId: string, reader: Reader, ms: number) => {
    reader.isAwake = false;
    reader.restUntilMs = clock.monotonicMs() + ms;
    setTimeout(() => {
      reader.restUntilMs = 0;
      wake(hookId, reader.tenant);
    }, ms).unref();
  };

  /** A runner with another version of the connector may know what this one does not. */
  const leaveToOthers = async (hookId: string, reader: Reader): Promise<void> => {
    log.warn({ hook: hookId }, 'deliveries wait for a runner that knows their trigger');
    reader.lease = undefined;
    rest(hookId, reader, stuckPauseMs);
    await releaseHooks(store, owner, hookId);
  };

  /** Keeps the lease alive for as long as a read takes, normalising included. */
  const withHeartbeat = async <Result>(
    { hookId, tenant, epoch: held }: HeldHook,
    read: () => Promise<Result>,
  ): Promise<Result> => {
    let beat: Promise<unknown> | undefined;
    const timer = setInterval(() => {
      beat ??= claimHook(store, { hookId, tenant, owner, leaseMs, held })
        .catch((error: unknown) =>
          log.warn({ err: error, hook: hookId }, 'a hook’s lease could not be extended'),
        )
        .finally(() => {
          beat = undefined;
        });
    }, leaseMs / 3);
    try {
      return await read();
    } finally {
      clearInterval(timer);
      await beat;
    }
  };

  const hold = async (hookId: string, reader: Reader): Promise<number | undefined> => {
    const startedMs = clock.monotonicMs();
    if (reader.lease !== undefined && startedMs < reader.lease.untilMs - leaseMs / 2)
      return reader.lease.epoch;
    const { tenant, lease } = reader;
    const epoch = await claimHook(store, { hookId, tenant, owner, leaseMs, held: lease?.epoch });
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
    async stop({ timeoutMs }) {
      isRunning = false;
      clearInterval(poll);
      const timeout = setTimeout(() => abort.abort(new Error('the runner stops')), timeoutMs);
      await polling;
      await Promise.all([...readers.values()].flatMap(({ done }) => done ?? []));
      clearTimeout(timeout);
      await releaseHooks(store, owner).catch((error: unknown) => {
        log.warn({ err: error }, 'hooks could not be given back: their leases will run out');
      });
    },
  };
}
