import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';

const readySchema = z.object({ url: z.url(), accessToken: z.string(), webhookSecret: z.string() });

const sentSchema = z.object({ status: z.number() });

const ledgerSchema = z.object({
  effects: z.array(
    z.object({
      resource: z.string(),
      naturalKey: z.string(),
      vendorId: z.string(),
      action: z.string(),
      count: z.number(),
    }),
  ),
  requests: z.number(),
});
export type Ledger = z.infer<typeof ledgerSchema>;

/** A vendor fake that runs as a process of its own. */
export interface SandboxProcess {
  connector: string;
  url: string;
  accessToken: string;
  webhookSecret: string;
  /** Puts records there, as if they had always been at the vendor. */
  seed(records: readonly unknown[]): Promise<void>;
  /** Lets the fake sign and send a webhook (forged: with another secret); answers the status that it got. */
  send(delivery: { to: string; event: unknown; forged: boolean }): Promise<number>;
  /** What really happened at the vendor, by business key. */
  ledger(): Promise<Ledger>;
  stop(): Promise<void>;
}

/**
 * Starts `onceover sandbox <connector>`. It ends with this process, however this process ends.
 * @param cli the file of the CLI
 */
export async function startSandboxProcess(
  connector: string,
  { cli, signal }: { cli: string; signal: AbortSignal },
): Promise<SandboxProcess> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [cli, 'sandbox', connector, '--port', '0', '--until-stdin-ends'], {
    stdio: ['pipe', 'pipe', 'inherit'],
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
  return { connector, ...speakTo(connector, readySchema.parse(JSON.parse(line))), stop };
}

function speakTo(
  connector: string,
  ready: z.infer<typeof readySchema>,
): Omit<SandboxProcess, 'connector' | 'stop'> {
  const { url } = ready;
  return {
    ...ready,
    async seed(records) {
      const response = await post(`${url}/_sandbox/seed`, { records });
      if (!response.ok)
        throw new ConfigurationError(`The ${connector} sandbox took no seed: ${await response.text()}`);
    },
    async send({ to, event, forged }) {
      const secret = forged ? { secret: 'not-the-secret' } : {};
      const response = await post(`${url}/_sandbox/send`, { to, event, ...secret });
      return sentSchema.parse(await response.json()).status;
    },
    async ledger() {
      const response = await fetch(`${url}/_sandbox/ledger`);
      return ledgerSchema.parse(await response.json());
    },
  };
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

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}
