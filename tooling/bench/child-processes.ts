import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A process of the bench that says in one line where it listens. */
export interface BenchProcess {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a Node program and waits for the first line that holds an http URL.
 * @throws when it ends before
 */
export function startProcess(options: {
  file: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}): Promise<BenchProcess> {
  const { file, args = [], env = {} } = options;
  return start(['--conditions=@onceover/source', file, ...args], env);
}

/** The built runner: every setting of production but `inline` hosts and loopback origins. */
export function startRunnerProcess(env: Readonly<Record<string, string>>): Promise<BenchProcess> {
  const bin = join(import.meta.dirname, '..', '..', 'apps', 'runner', 'bin', 'onceover.mjs');
  return start([bin, 'start'], env);
}

async function start(args: readonly string[], env: Readonly<Record<string, string>>): Promise<BenchProcess> {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const url = await Promise.race([firstUrl(child), exited.then(() => undefined)]);
  if (url === undefined) throw new Error(`${args.join(' ')} ended before it was ready`);
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function firstUrl(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const found = /http:\/\/[\w.:[\]]+/.exec(line);
    if (found !== null) {
      // What is printed later must not fill the pipe.
      child.stdout.resume();
      return found[0];
    }
  }
  return undefined;
}
