import { encodeMessage } from './codec.ts';
import type { Host, IsolationLevel } from './host.ts';
import { type HostChild, startHostChild } from './host-child.ts';
import { type Cell, hostCommand, type HostProgram, type HostTools } from './host-command.ts';
import { hostClosed, hostDeadline, LoadFailure } from './host-errors.ts';
import type { HostLimits } from './host-limits.ts';
import type { HostTimers } from './host-timers.ts';
import type { HostUids } from './host-uids.ts';
import type { Jail } from './jail.ts';
import type { HostedCode } from './process/hold.ts';
import { type ReadableFiles, readablePackage, requireReadableByOthers } from './readable-files.ts';
import { createRestartPause } from './restart-pause.ts';

/** What all isolated hosts of a runner have in common. */
export interface IsolationPorts {
  level: Exclude<IsolationLevel, 'inline'>;
  limits: HostLimits;
  timers: HostTimers;
  uids: HostUids;
  program: HostProgram;
  /** {@link hostProgramFiles}, found once. */
  programFiles: Promise<ReadableFiles>;
  tools: HostTools;
  /** Made at the first need of `strict`. @throws {ConfigurationError} when the machine cannot */
  jail: () => Promise<Jail>;
  /** 0 ≤ n < 1. */
  random: () => number;
  onOutput: (name: string, stream: 'stdout' | 'stderr', text: string) => void;
  /** Told before a process is started, to end another one where there are too many. */
  onStart: () => void;
}

/** A host whose process comes and goes with the need for it. */
export interface IsolatedHost extends Host {
  /** Whether it has a process. */
  readonly isRunning: boolean;
  /** Requests that are with the process, or wait for it. */
  readonly inFlight: number;
  /** When it last had something to do. */
  readonly usedAt: number;
  /** The process's id; undefined without one. */
  readonly pid: number | undefined;
  /** Ends the process; the next request starts another one. */
  release(): void;
}

export interface IsolatedHostOptions {
  /** For people: `the connector example (tenant default)`. */
  name: string;
  /** Looks at the code before each start. @throws {ConfigurationError} when it must not be started */
  prepare(): Promise<PreparedCode>;
}

export interface PreparedCode {
  code: HostedCode;
  /** What the process may read of it. */
  readable: ReadableFiles;
}

/** Holds code in a process of its own, which is started by the first request and again after it ended. */
export function createIsolatedHost(options: IsolatedHostOptions, ports: IsolationPorts): IsolatedHost {
  const { name, prepare } = options;
  const { level, limits, timers, tools } = ports;
  const pause = createRestartPause({
    baseMs: limits.restartMs,
    mostMs: limits.restartMostMs,
    timers,
    random: ports.random,
  });
  let current: Promise<HostChild> | undefined;
  let child: HostChild | undefined;
  let isClosed = false;
  let isStarting = false;
  let inFlight = 0;
  let usedAt = timers.now();
  let cancelIdle = () => {};

  const start = async (): Promise<HostChild> => {
    isStarting = true;
    try {
      const started = await attempt();
      pause.started();
      void started.ended.then((end) => end === 'released' || pause.failed());
      return started;
    } catch (error) {
      // Also what the code threw when it was loaded: it is not tried again in a tight loop.
      pause.failed();
      throw error;
    } finally {
      isStarting = false;
    }
  };

  const attempt = async (): Promise<HostChild> => {
    const waitMs = pause.next();
    if (waitMs > 0) await new Promise<void>((resolve) => void timers.after(waitMs, resolve));
    if (isClosed) throw hostClosed();
    ports.onStart();
    const prepared = await prepare();
    const program = await ports.programFiles;
    const readable = {
      paths: [...new Set([...program.paths, ...prepared.readable.paths])],
      packages: { ...program.packages, ...prepared.readable.packages },
    };
    const cell = level === 'strict' ? await openCell(readable.paths) : undefined;
    const started = startHostChild({
      name,
      code: prepared.code,
      command: hostCommand({ readable, program: ports.program, limits, tools, cell }),
      limits,
      timers,
      onOutput: (stream, text) => ports.onOutput(name, stream, text),
    });
    child = started;
    void forget(started, cell?.uid);
    // Closed meanwhile: whoever closed did not know of this process.
    if (isClosed) started.kill('released');
    await started.ready;
    return started;
  };

  /** When a process has ended, the next request starts another one. */
  const forget = async (ending: HostChild, uid: number | undefined) => {
    await ending.ended;
    if (child === ending) {
      child = undefined;
      current = undefined;
    }
    if (uid !== undefined) ports.uids.release(uid);
  };

  const openCell = async (paths: readonly string[]): Promise<Cell> => {
    const jail = await ports.jail();
    await requireReadableByOthers(paths);
    return { uid: await ports.uids.take(), jail };
  };

  /** The process, started where there is none. A start outlives the request that began it: others wait for it, too. */
  const running = (): Promise<HostChild> => {
    current ??= start().catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    // Whoever waits for it may have given up.
    current.catch(() => undefined);
    return current;
  };

  /** A process that may be blocked gets nothing more to do: it answers, or it is ended and another one is started. */
  const responsive = async (): Promise<HostChild> => {
    for (;;) {
      const process = await running();
      await process.clear();
      if (process === child && !process.isOver) return process;
      await process.ended;
    }
  };

  const release = () => {
    child?.kill('released');
    current = undefined;
    child = undefined;
  };

  const request: Host['request'] = async (message, onCallback, signal) => {
    if (isClosed) throw hostClosed();
    const text = encodeMessage(message, 'to-code');
    inFlight += 1;
    cancelIdle();
    try {
      const process = await beforeAbort(responsive(), signal);
      return await process.request(text, onCallback, signal);
    } catch (error) {
      if (error instanceof LoadFailure) return { kind: 'error', error: { ...error.data } };
      throw error;
    } finally {
      inFlight -= 1;
      usedAt = timers.now();
      if (inFlight === 0) cancelIdle = timers.after(limits.idleMs, release);
    }
  };

  return {
    level,
    get isRunning() {
      return isStarting || current !== undefined;
    },
    get inFlight() {
      return inFlight;
    },
    get usedAt() {
      return usedAt;
    },
    get pid() {
      return child?.pid;
    },
    request,
    release,
    async close() {
      isClosed = true;
      cancelIdle();
      const last = child;
      release();
      await last?.ended;
    },
  };
}

/** What a process needs to read of this package, to be a host at all. */
export function hostProgramFiles(program: HostProgram): Promise<ReadableFiles> {
  return readablePackage(program.package, {
    entries: program.parts,
    dependencies: ['@onceover/contract'],
  });
}

async function beforeAbort<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) throw hostDeadline(signal.reason);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(hostDeadline(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
