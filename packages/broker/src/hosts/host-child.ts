import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { JsonValue } from '@onceover/contract';
import { maxBytesFromCode } from './codec.ts';
import { createFrameReader, encodeFrame, type Frame, frameKinds } from './frames.ts';
import type { HostCallback } from './host.ts';
import type { HostCommand } from './host-command.ts';
import { type HostEnd, hostNotStarted, LoadFailure } from './host-errors.ts';
import type { HostLimits } from './host-limits.ts';
import { createHostOutput } from './host-output.ts';
import type { HostTimers } from './host-timers.ts';
import { createOpenRequests } from './open-requests.ts';
import { parseErrorData } from './message-schemas.ts';
import type { HostedCode } from './process/hold.ts';
import { residentBytes } from './resident-bytes.ts';

/** One process of a host, from its start to its end. It is started once. */
export interface HostChild {
  readonly pid: number;
  /** Resolves when the code is loaded. @throws {LoadFailure} what the code threw @throws {UpstreamError} `host_not_started` */
  readonly ready: Promise<void>;
  /** Whether it is gone, or is being killed. */
  readonly isOver: boolean;
  /** Resolves when the process is gone, whatever ended it. */
  readonly ended: Promise<HostEnd>;
  /** `text` is JSON, within the codec's size. @throws {OnceoverError} */
  request(text: string, onCallback: HostCallback, signal: AbortSignal): Promise<JsonValue>;
  /** Resolves when it is not blocked, as far as is known, or gone. */
  clear(): Promise<void>;
  kill(end: HostEnd): void;
}

export interface HostChildOptions {
  /** For people: `the connector example for the tenant default`. */
  name: string;
  code: HostedCode;
  command: HostCommand;
  limits: HostLimits;
  timers: HostTimers;
  onOutput: (stream: 'stdout' | 'stderr', text: string) => void;
}

export function startHostChild(options: HostChildOptions): HostChild {
  const { name, code, command, limits, timers, onOutput } = options;
  const child = spawn(command.file, [...command.args], {
    cwd: '/',
    env: {},
    // A group and session of its own: a signal to a group never meets the runner's.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const pipe = pipeOf(child);
  const ready = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<HostEnd>();
  // Whoever waits for the start hears of it; nobody need be waiting.
  ready.promise.catch(() => undefined);
  let why: HostEnd | undefined;
  let isGone = false;
  let isReady = false;
  let unansweredLooks = 0;
  const output = createHostOutput({ bytes: limits.outputBytes, now: timers.now, onText: onOutput });

  const kill = (end: HostEnd) => {
    if (isGone) return;
    why ??= end;
    killGroup(child);
  };
  const send = (frame: Frame) => {
    if (why !== undefined || isGone) return;
    pipe.write(encodeFrame(frame));
    // Code that reads nothing must not fill this process's memory.
    if (pipe.writableLength > limits.unreadBytes) kill('flood');
  };
  const requests = createOpenRequests({ name, limits, timers, send, kill });

  const settleStart = (error?: Error) => {
    if (isReady) return kill('forged');
    isReady = true;
    cancelStart();
    if (error === undefined) return ready.resolve();
    ready.reject(error);
    kill('released');
  };
  const handle = (frame: Frame) => {
    switch (frame.kind) {
      case frameKinds.ready:
        return settleStart();
      case frameKinds.failed:
        return settleStart(new LoadFailure(parseErrorData(frame.body)));
      case frameKinds.pong:
        unansweredLooks = 0;
        return requests.handle(frame);
      default:
        // Nothing was asked before the code was loaded: nothing can be answered.
        return isReady ? requests.handle(frame) : kill('forged');
    }
  };
  const read = createFrameReader(maxBytesFromCode);
  pipe.on('data', (chunk: Buffer) => {
    if (why !== undefined) return;
    try {
      for (const frame of read(chunk)) {
        handle(frame);
        // The rest is worth nothing.
        if (why !== undefined) return;
      }
    } catch {
      kill('forged');
    }
  });
  pipe.on('error', () => kill('exited'));
  // A process without its pipe can do nothing, and nothing can be asked of it.
  pipe.on('close', () => kill('exited'));
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => {
      if (why !== 'output' && !output.take(stream, chunk)) kill('output');
    });
    child[stream]?.on('error', () => undefined);
  }

  const cancelStart = timers.after(limits.startMs, () => {
    ready.reject(hostNotStarted(name, `not within ${limits.startMs} ms`));
    kill('hung');
  });
  let cancelWatch = () => {};
  const watch = async () => {
    if (isGone) return;
    const resident = child.pid === undefined ? undefined : await residentBytes(child.pid);
    if ((resident ?? 0) > limits.residentMiB * 1024 * 1024) kill('memory');
    // Counted in looks and not in time: a machine that slept has only looked once.
    else if (isReady && unansweredLooks * limits.watchEveryMs > limits.stallMs) kill('hung');
    else {
      if (isReady) unansweredLooks += 1;
      send({ kind: frameKinds.ping, request: 0, callback: 0, body: '' });
    }
    cancelWatch = timers.after(limits.watchEveryMs, () => void watch());
  };
  cancelWatch = timers.after(limits.watchEveryMs, () => void watch());

  const end = (detail: string) => {
    if (isGone) return;
    isGone = true;
    cancelStart();
    cancelWatch();
    pipe.destroy();
    const reason = why ?? 'exited';
    ready.reject(hostNotStarted(name, [detail, output.last()].filter((part) => part !== '').join('; ')));
    requests.fail(reason, reason === 'exited' ? [detail, output.last()].filter(Boolean).join('; ') : '');
    gone.resolve(reason);
  };
  child.on('error', (error) => {
    // Without a pid it was never there; with one, only a signal could not be sent.
    if (child.pid === undefined) end(error.message);
  });
  // `exit` may come before the last output was read; `close` waits for every holder of the streams.
  child.on('exit', (status, signal) => {
    setImmediate(() => end(signal === null ? `exit code ${status}` : `signal ${signal}`));
  });

  send({ kind: frameKinds.load, request: 0, callback: 0, body: JSON.stringify(code) });
  return {
    pid: child.pid ?? 0,
    ready: ready.promise,
    ended: gone.promise,
    get isOver() {
      return isGone || why !== undefined;
    },
    request: requests.ask,
    clear: requests.clear,
    kill,
  };
}

function pipeOf({ stdio }: ChildProcess): Duplex {
  const pipe = stdio[3];
  // The fourth is `pipe`, above: a socket that reads and writes.
  return pipe as Duplex;
}

function killGroup(child: ChildProcess): void {
  try {
    // The group, in case that the program which starts Node is still there.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
