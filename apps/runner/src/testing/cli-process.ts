import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../package-folder.ts';

const bin = join(packageFolder(), 'bin', 'onceover.mjs');

/** The machine's own Node, which may be older than what the runner needs. */
export const anyNode = existsSync('/usr/bin/node') ? '/usr/bin/node' : process.execPath;

export interface CliOptions {
  variables?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Which Node starts it. */
  node?: string;
}

/** The built CLI as a process of its own group, with nothing of this process's environment. */
export interface CliProcess {
  child: ChildProcessWithoutNullStreams;
  /** Both grow. */
  output: { stdout: string; stderr: string };
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves when stdout or stderr matches; rejects when the process ends before. */
  saying(pattern: RegExp): Promise<void>;
}

export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const { variables = {}, cwd = packageFolder(), node = process.execPath } = options;
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, HOME, NODE_COMPILE_CACHE, ...variables };
  const child = spawn(node, [bin, ...args], { cwd, env, detached: true });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const exited = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }));
  return {
    child,
    output,
    exited,
    async saying(pattern) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => {
        if (pattern.test(output.stdout) || pattern.test(output.stderr)) resolve();
      };
      listeners.add(look);
      look();
      const ended = exited.then(({ code }) => {
        throw new Error(`It ended with ${code} and never said ${pattern}:\n${output.stdout}${output.stderr}`);
      });
      await Promise.race([promise, ended]).finally(() => listeners.delete(look));
    },
  };
}

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the CLI to its end. */
export async function runCli(
  args: readonly string[],
  { input, ...options }: CliOptions & { input?: string } = {},
): Promise<CliResult> {
  const { child, exited, output } = startCli(args, options);
  child.stdin.end(input);
  const { code } = await exited;
  return { code, ...output };
}

/** The processes, whoever's children they are, whose command line or environment names this text. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      const command = readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      const found = command.includes(text) || readOrNothing(`/proc/${pid}/environ`).includes(text);
      return found ? [`${pid} ${command}`] : [];
    });
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It ended meanwhile, or is another user's.
    return '';
  }
}
