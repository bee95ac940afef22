import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';
import { type SandboxClient, sandboxClient } from './sandbox-client.ts';

const readySchema = z.object({ url: z.url(), accessToken: z.string(), webhookSecret: z.string() });

/** A vendor fake that runs as a process of its own. */
export interface SandboxProcess extends SandboxClient {
  connector: string;
  url: string;
  accessToken: string;
  webhookSecret: string;
  stop(): Promise<void>;
}

/**
 * Starts `onceover sandbox <connector>`. It ends with this process, however this process ends.
 * @param options.cli the file of the CLI
 * @param options.variables what it sees of the environment; all of it unless given
 */
export async function startSandboxProcess(
  connector: string,
  { cli, signal, variables }: { cli: string; signal: AbortSignal; variables?: NodeJS.ProcessEnv },
): Promise<SandboxProcess> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [cli, 'sandbox', connector, '--port', '0', '--until-stdin-ends'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(variables !== undefined && { env: variables }),
    // A terminal's Ctrl-C goes to the whole group: the fakes must outlive the runner's last calls.
    detached: true,
  });
  // Writing to a child that has ended is no error of ours.
  child.stdin.on('error', () => {});
  const exited = once(child, 'exit');
  const stop = () => endChild(child, exited);
  const breakOff = () => void stop();
  signal.addEventListener('abort', breakOff, { once: true });
  const line = await Promise.race([firstLine(child), exited.then(() => undefined)]).catch(() => undefined);
  signal.removeEventListener('abort', breakOff);
  if (line === undefined || signal.aborted) {
    await stop();
    signal.throwIfAborted();
    throw new ConfigurationError(`The ${connector} sandbox did not start; its messages are above.`);
  }
  const ready = readySchema.parse(JSON.parse(line));
  return { connector, ...ready, ...sandboxClient(connector, ready.url), stop };
}

/** Asks a sandbox to end, and makes it after three seconds. */
async function endChild(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  // A child that could not be started has no exit, only an error.
  await exited.catch(() => {});
  clearTimeout(timer);
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}
