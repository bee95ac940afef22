import { notifyWork, type Store, type Subscription } from '@onceover/store';
import type { Log } from './ports.ts';

/** What another runner may look for. */
export type WorkSignal =
  | { kind: 'runs' }
  | { kind: 'items' }
  | { kind: 'hook'; hookId: string; tenant: string };

export interface WorkSignals {
  /** Tells the other runners, soon; many tellings of one thing are one. Never rejects. */
  publish(signal: WorkSignal): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Often enough that another runner is at work in a moment, and rare enough to cost nothing. */
const everyMs = 20;

/** Wakes runners on the same database for each other's work. A lost message costs a poll interval, nothing else. */
export function createWorkSignals(options: {
  store: Store;
  owner: string;
  log: Log;
  onSignal: (signal: WorkSignal) => void;
}): WorkSignals {
  const { store, owner, log, onSignal } = options;
  const waiting = new Map<string, WorkSignal>();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();
  let subscription: Subscription | undefined;

  const flush = async () => {
    const signals = [...waiting.values()];
    waiting.clear();
    timer = undefined;
    try {
      await notifyWork(store, JSON.stringify({ from: owner, signals }));
    } catch (error) {
      log.debug({ err: error }, 'other runners could not be told of work');
    }
  };
  const receive = (payload: string) => {
    // Only runners write to the channel.
    const message = JSON.parse(payload) as { from: string; signals: readonly WorkSignal[] };
    if (message.from !== owner) for (const signal of message.signals) onSignal(signal);
  };
  return {
    publish(signal) {
      if (subscription === undefined) return;
      waiting.set(signal.kind === 'hook' ? signal.hookId : signal.kind, signal);
      timer ??= setTimeout(() => {
        sending = flush();
      }, everyMs).unref();
    },
    async start() {
      subscription = await store.listen('onceover_work', receive);
    },
    async stop() {
      clearTimeout(timer);
      await sending;
      await subscription?.close();
      subscription = undefined;
    },
  };
}
