import { notifyWork, type Store, type Subscription } from '@onceover/store';
import { z } from 'zod';
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
    const message = readMessage(payload);
    if (message === undefined) {
      log.warn({ bytes: payload.length }, 'a message on the channel of runners is none of theirs');
      return;
    }
    if (message.from === owner) return;
    try {
      for (const signal of message.signals) onSignal(signal);
    } catch (error) {
      log.error({ err: error }, 'a message of another runner could not be followed');
    }
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

const signalSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('runs') }),
  z.object({ kind: z.literal('items') }),
  z.object({
    kind: z.literal('hook'),
    hookId: z.string().regex(/^[a-z0-9-]{1,64}$/),
    tenant: z.string(),
  }),
]);
const messageSchema = z.object({ from: z.string(), signals: z.array(signalSchema) });

/** Every login of the database may write to a channel: what comes is looked at before it is believed. */
function readMessage(payload: string): z.infer<typeof messageSchema> | undefined {
  try {
    return messageSchema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
