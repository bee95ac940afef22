import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CheckFailure } from './check.ts';
import type { WriteOperation, Written } from './checks/write-check.ts';
import type { VerifyRig } from './verify-rig.ts';

/** Real runners, one after the other, on the rig's database, with a flow that does one write for each event. */
export interface VerifyRunner {
  start(): Promise<void>;
  /** As a machine that loses its power. */
  kill(): void;
  /** Asks for a write. */
  send(id: string, written: Written): Promise<void>;
  /** Waits until the event's run has come to its end, or to a human. */
  settled(id: string): Promise<{ status: string; waitingFor: string | null }>;
  stop(): Promise<void>;
}

const eventName = 'verify.write-asked';
/** Not the rig's: that one was revoked. */
const connectionId = 'verify-runner';
const readyMs = 60_000;
const settledMs = 90_000;

const flowOf = (operation: string) => `import { defineEvent, defineFlow, kpi } from '@onceover/automation';
import { billing, crm, support } from '@onceover/contract';
import { z } from 'zod';
const domains = { billing, crm, support };
export const writeAsked = defineEvent({
  name: '${eventName}', version: 1, summary: 'A write to try.',
  schema: z.strictObject({ record: z.json() }), example: { record: {} },
});
export const flow = defineFlow({
  id: 'verify-write', version: 1, on: writeAsked, owner: 'verify', runbook: './runbook.md', tier: 'operational',
  kpi: kpi.count('writes'),
}).step('write', domains.${operation}, ({ event }) => ({ connection: '${connectionId}', records: [event.data.record] }));
`;

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

export async function prepareRunner(
  rig: VerifyRig,
  operation: WriteOperation & { implements: string },
  options: { cli: string; variables: NodeJS.ProcessEnv },
): Promise<VerifyRunner> {
  const { folder, connector, sandbox, proxy, variables, settings, level } = rig;
  await mkdir(join(folder, 'flow'));
  await writeFile(join(folder, 'flow', 'index.ts'), flowOf(operation.implements));
  await writeFile(join(folder, 'flow', 'runbook.md'), '# verify-write\n');
  const configFile = join(folder, 'onceover.config.json');
  await writeFile(
    configFile,
    JSON.stringify({
      connectors: [connector.folder],
      automations: ['./flow'],
      connections: [
        {
          id: connectionId,
          connector: connector.id,
          owner: 'verify',
          variables,
          origin: proxy.origin,
          credentials: { accessToken: sandbox.accessToken },
        },
      ],
    }),
  );
  const environment = {
    ...options.variables,
    ...settings,
    // What a killed process leaves goes away with the folder.
    TMPDIR: folder,
    ONCEOVER_CONFIG: configFile,
    ONCEOVER_PORT: '0',
    ONCEOVER_ENVIRONMENT: 'verify',
    ONCEOVER_ISOLATION: level,
    ONCEOVER_LOG_LEVEL: 'warn',
  };
  let child: ChildProcess | undefined;
  let url = '';
  return {
    async start() {
      const started = spawn(process.execPath, [options.cli, 'start'], {
        cwd: folder,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        // A terminal's Ctrl-C is ours to pass on.
        detached: true,
      });
      child = started;
      url = await readyUrl(started);
    },
    kill() {
      child?.kill('SIGKILL');
    },
    async send(id, { record }) {
      const event = { specversion: '1.0', id, source: '/verify', type: `${eventName}.v1`, data: { record } };
      const headers = { 'content-type': 'application/cloudevents+json' };
      const response = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers,
        body: JSON.stringify(event),
      });
      if (!response.ok) throw new CheckFailure(`The runner took no event: ${await response.text()}`);
    },
    async settled(id) {
      const until = performance.now() + settledMs;
      for (;;) {
        const response = await fetch(`${url}/v1/runs?event=${id}`);
        const [run] = runsSchema.parse(await response.json()).items;
        if (run !== undefined && isSettled(run)) return run;
        if (performance.now() > until) {
          throw new CheckFailure(
            `The run did not end within ${settledMs / 1000} s after the kill; it is ${run?.status ?? 'not there'}${run?.error == null ? '' : ` (${run.error.message})`}.`,
          );
        }
        await sleep(200);
      }
    },
    async stop() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

function isSettled({ status, waitingFor }: { status: string; waitingFor: string | null }): boolean {
  if (status === 'succeeded' || status === 'dead_lettered' || status === 'discarded') return true;
  return status === 'waiting' && waitingFor === 'outcome';
}

async function readyUrl(child: ChildProcess): Promise<string> {
  let said = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const listen = (chunk: Buffer) => {
    said += chunk.toString('utf8');
    const ready = / is ready at (\S+)/.exec(said)?.[1];
    if (ready !== undefined) resolve(ready);
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
