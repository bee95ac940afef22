import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WriteManifest } from '@onceover/contract';
import { z } from 'zod';
import { CheckFailure } from './check.ts';
import type { Written } from './checks/write-check.ts';
import { eventTypeOf, isFlowable, writeFlows } from './runner-flows.ts';
import type { VerifyRig } from './verify-rig.ts';
import { writesOf } from './writes-of.ts';

/** Real runners, one after the other, at one address and on the rig's database. */
export interface VerifyRunner {
  /** The same for each of them: what a vendor is told. */
  readonly url: string;
  /** Nothing when one is running. */
  start(): Promise<void>;
  /** As a machine that loses its power. */
  kill(): void;
  stop(): Promise<void>;
  /** Asks the HTTP API. @throws {CheckFailure} with the problem's words */
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>;
  /** Asks a flow for a write. */
  send(id: string, write: WriteManifest, written: Written): Promise<void>;
  /** Waits until the event's run has come to its end, or to an outcome that nobody knows. */
  settled(id: string, how?: SettledHow): Promise<{ status: string; waitingFor: string | null }>;
}

export interface SettledHow {
  withinMs?: number;
  /** An outcome that nobody knows will be looked up: that is waited for. */
  isLookedUp?: boolean;
}

const readyMs = 60_000;
const settledMs = 90_000;

const runsSchema = z.object({
  items: z.array(
    z.object({
      status: z.string(),
      waitingFor: z.string().nullable(),
      event: z.object({ id: z.string() }),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
});
const problemSchema = z.object({ detail: z.string().optional(), title: z.string().optional() });

export async function prepareRunner(
  rig: VerifyRig,
  options: { cli: string; variables: NodeJS.ProcessEnv },
): Promise<VerifyRunner> {
  const { folder } = rig;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    ...options.variables,
    ...rig.settings,
    // What a killed process leaves goes away with the folder.
    TMPDIR: folder,
    ONCEOVER_CONFIG: await writeRunnerConfig(rig),
    ONCEOVER_PORT: String(port),
    ONCEOVER_ENVIRONMENT: 'verify',
    ONCEOVER_ISOLATION: rig.level,
    ONCEOVER_LOG_LEVEL: 'warn',
  };
  let child: ChildProcess | undefined;
  let exited: Promise<unknown> = Promise.resolve();
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const ask: VerifyRunner['ask'] = async (method, path, body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && { headers, body: JSON.stringify(body) }),
    });
    const json: unknown = await response.json();
    if (response.ok) return json;
    const { detail, title = 'it failed' } = problemSchema.parse(json);
    throw new CheckFailure(`${method} ${path}: ${detail ?? title}`);
  };
  return {
    url,
    ask,
    async start() {
      if (isRunning() && child?.killed === false) return;
      await exited;
      const started = spawn(process.execPath, [options.cli, 'start'], {
        cwd: folder,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        // A terminal's Ctrl-C is ours to pass on.
        detached: true,
      });
      child = started;
      exited = once(started, 'exit');
      await untilReady(started);
    },
    kill() {
      child?.kill('SIGKILL');
    },
    async send(id, write, { record }) {
      const event = { specversion: '1.0', id, source: '/verify', type: eventTypeOf(write), data: { record } };
      const response = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json' },
        body: JSON.stringify(event),
      });
      if (!response.ok) throw new CheckFailure(`The runner took no event: ${await response.text()}`);
    },
    async settled(id, { withinMs = settledMs, isLookedUp = false } = {}) {
      const until = performance.now() + withinMs;
      for (;;) {
        const [run] = runsSchema.parse(await ask('GET', `/v1/runs?event=${id}`)).items;
        if (run !== undefined && isSettled(run, isLookedUp)) return run;
        if (performance.now() > until) {
          throw new CheckFailure(
            `The run did not end within ${Math.round(withinMs / 1000)} s after the kill; it is ${run?.status ?? 'not there'}${run?.error == null ? '' : ` (${run.error.message})`}.`,
          );
        }
        await sleep(200);
      }
    },
    async stop() {
      if (!isRunning()) return;
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function writeRunnerConfig(rig: VerifyRig): Promise<string> {
  const { folder, connector, config } = rig;
  const writes = writesOf(rig).filter(isFlowable);
  if (writes.length > 0) await writeFlows(join(folder, 'flows'), writes);
  const file = join(folder, 'onceover.config.json');
  const automations = writes.length > 0 ? ['./flows'] : [];
  await writeFile(file, JSON.stringify({ connectors: [connector.folder], automations, ...config }));
  return file;
}

function isSettled(
  { status, waitingFor }: { status: string; waitingFor: string | null },
  isLookedUp: boolean,
): boolean {
  if (status === 'succeeded' || status === 'dead_lettered' || status === 'discarded') return true;
  return !isLookedUp && status === 'waiting' && waitingFor === 'outcome';
}

/** One that nobody uses now, and that runners take one after the other: a subscription is known by its address. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is an AddressInfo.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilReady(child: ChildProcess): Promise<void> {
  let said = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const listen = (chunk: Buffer) => {
    said += chunk.toString('utf8');
    if (/ is ready at \S+/.test(said)) resolve();
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  const failed = (why: string) =>
    reject(new CheckFailure(`A runner did not start (${why}): ${said.slice(-2000)}`));
  child.once('exit', (code) => failed(`exit code ${code}`));
  child.once('error', (error) => failed(error.message));
  const timer = setTimeout(() => failed('no answer in a minute'), readyMs);
  return promise.finally(() => clearTimeout(timer));
}
