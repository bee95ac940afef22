/** The part of `process` that signals need. */
export interface SignalSource {
  on(name: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(name: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface UntilSignal {
  /** Resolves at the first signal. */
  received: Promise<NodeJS.Signals>;
  /** Fires at the first signal: ends what is still starting. */
  signal: AbortSignal;
  dispose(): void;
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal's Ctrl-C reaches the whole process group, and npm sends the signal once more: these are one. */
const sameSignalMs = 1000;

/** Waits for the signal that asks to end. A second one, later, is a person's who does not want to wait: it ends hard. */
export function untilSignal({
  source = process,
  now = () => performance.now(),
  endHard = () => process.exit(1),
}: {
  source?: SignalSource;
  now?: () => number;
  endHard?: () => void;
} = {}): UntilSignal {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const abort = new AbortController();
  let firstAt: number | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = now();
      abort.abort(new Error(`ended by ${name}`));
      resolve(name);
    } else if (now() - firstAt > sameSignalMs) {
      endHard();
    }
  };
  for (const name of names) source.on(name, onSignal);
  return {
    received: promise,
    signal: abort.signal,
    dispose() {
      for (const name of names) source.off(name, onSignal);
    },
  };
}
