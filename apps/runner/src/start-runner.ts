import type { Runtime } from '@onceover/runtime';
import type { Store } from '@onceover/store';
import type { Logger } from 'pino';
import type { LoadedConfig } from './config/load-config.ts';
import { type Environment, requireProductionSettings } from './environment.ts';
import { openDatabase } from './open-database.ts';

export interface Runner {
  /** `http://127.0.0.1:4400`, with the port that was really taken. */
  url: string;
  runtime: Runtime;
  store: Store;
  /** Stops claiming, finishes or releases what runs, closes the server, the database and what was started for it. */
  stop(): Promise<void>;
}

export interface RunnerOptions {
  environment: Environment;
  loaded: LoadedConfig;
  log: Logger;
  /** Told about each stage of the start. */
  progress?: (message: string) => void;
  /** Ends the start early; what was opened is closed. Later it has no effect. */
  signal?: AbortSignal;
}

/** Starts one runner: database, broker, runtime, HTTP. What was opened is closed again when a later part fails. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { environment, log } = options;
  requireProductionSettings(environment);
  const opened = new AsyncDisposableStack();
  try {
    const started = await open(options, opened);
    let stopping: Promise<void> | undefined;
    return {
      ...started,
      stop() {
        stopping ??= opened.disposeAsync();
        return stopping;
      },
    };
  } catch (error) {
    await opened
      .disposeAsync()
      .catch((closing: unknown) => log.error({ err: closing }, 'could not close after a failed start'));
    throw error;
  }
}

async function open(
  { environment, loaded, log, progress = () => {}, signal = new AbortController().signal }: RunnerOptions,
  opened: AsyncDisposableStack,
): Promise<Omit<Runner, 'stop'>> {
  const stage = (message: string) => {
    signal.throwIfAborted();
    progress(message);
  };
  stage('starting the database, reading connectors and automations');
  // A server takes its time to start in a process of its own: meanwhile the rest of the code is loaded, and works.
  const [url, { assembleRunner, parts }] = await both(
    signal,
    async (until) => {
      const database = await openDatabase({ environment, log, signal: until });
      opened.defer(() => database.close());
      return database.url;
    },
    async () => {
      const { assembleRunner, prepareParts } = await import('./assemble-runner.ts');
      return { assembleRunner, parts: await prepareParts(environment, loaded, log) };
    },
  );
  return assembleRunner({ environment, loaded, log, url, ...parts, stage, signal, opened });
}

/** Does both at once. When one fails the other is broken off, and waited for: nothing is left under way. */
async function both<Left, Right>(
  signal: AbortSignal,
  left: (until: AbortSignal) => Promise<Left>,
  right: (until: AbortSignal) => Promise<Right>,
): Promise<[Left, Right]> {
  const trouble = new AbortController();
  const until = AbortSignal.any([signal, trouble.signal]);
  const failures: unknown[] = [];
  const noteFailure = (error: unknown) => {
    failures.push(error);
    trouble.abort(error);
    throw error;
  };
  const started = [left(until).catch(noteFailure), right(until).catch(noteFailure)] as const;
  await Promise.allSettled(started);
  // What failed first is the reason; the other one's error is only that it was broken off.
  if (failures.length > 0) throw failures[0];
  return Promise.all(started);
}
