import type { Runtime } from '@onceover/runtime';
import type { Logger } from 'pino';
import { formatTable } from '../cli/table.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Environment } from '../environment.ts';
import { type Runner, startRunner } from '../start-runner.ts';
import { loadGolden } from './golden.ts';
import { createProgress, type Progress } from './progress.ts';
import { replay } from './replay.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';

export interface DemoOptions {
  environment: Environment;
  /** The example's config; each connection gets its sandbox's origin and secrets. */
  loaded: LoadedConfig;
  goldenFile: string;
  log: Logger;
  print: (line: string) => void;
  /** Resolves when the demo shall end. */
  ended: Promise<unknown>;
}

const plan = { unique: 140, duplicates: 50, forged: 10 };

/** The main job: fakes, runner, replay of the golden webhooks, a table; then it stays up until it is told to end. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const progress = createProgress(process.stderr);
  const abort = new AbortController();
  void options.ended.then(() => abort.abort(new Error('ended')));
  const sandboxes = new Map<string, SandboxProcess>();
  let runner: Runner | undefined;
  try {
    progress.update('starting three vendor sandboxes …');
    await Promise.all(
      options.loaded.config.connections.map(async ({ id, connector }) => {
        sandboxes.set(id, await startSandboxProcess(connector));
      }),
    );
    progress.done(
      `✓ sandboxes: ${[...sandboxes.values()].map(({ connector, url }) => `${connector} ${url}`).join(', ')}`,
    );
    if (abort.signal.aborted) return;
    const startedAt = performance.now();
    runner = await startRunner({
      environment: options.environment,
      loaded: withSandboxes(options.loaded, sandboxes),
      log: options.log,
      progress: (stage) => progress.update(`${stage} …`),
    });
    progress.done(`✓ runner: ${runner.url} (${Math.round(performance.now() - startedAt)} ms)`);
    await replayGolden(options, { runner, sandboxes, progress, signal: abort.signal });
    options.print(`\nThe runner stays up: curl ${runner.url}/v1/runs?limit=5   (Ctrl-C ends it)`);
    await options.ended;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    progress.done('stopping …');
    await runner?.stop();
    await Promise.all([...sandboxes.values()].map((sandbox) => sandbox.stop()));
  }
}

function withSandboxes(loaded: LoadedConfig, sandboxes: ReadonlyMap<string, SandboxProcess>): LoadedConfig {
  const connections = loaded.config.connections.map((connection) => {
    const sandbox = sandboxes.get(connection.id);
    if (sandbox === undefined) return connection;
    const { url, accessToken, webhookSecret } = sandbox;
    return { ...connection, origin: url, credentials: { accessToken }, webhookSecret };
  });
  return { ...loaded, config: { ...loaded.config, connections } };
}

async function replayGolden(
  { goldenFile, print }: DemoOptions,
  parts: {
    runner: Runner;
    sandboxes: ReadonlyMap<string, SandboxProcess>;
    progress: Progress;
    signal: AbortSignal;
  },
): Promise<void> {
  const { runner, sandboxes, progress, signal } = parts;
  const golden = await loadGolden(goldenFile, plan, new Date());
  for (const { connection, records } of golden.seeds) await sandboxes.get(connection)?.seed(records);
  const startedAt = performance.now();
  const result = await replay({
    webhooks: golden.webhooks,
    sandboxes,
    url: runner.url,
    concurrency: 8,
    signal,
    onProgress: ({ sent, accepted, refused }) =>
      progress.update(
        `replaying golden webhooks: ${sent}/${golden.webhooks.length} sent, ${accepted} accepted, ${refused} refused`,
      ),
  });
  progress.update('waiting for the runs to finish …');
  await runner.runtime.idle({ signal });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  progress.done(`✓ ${result.sent} webhooks replayed, every run finished (${seconds} s)`);
  print(`\n${await summarize(runner.runtime, sandboxes)}`);
}

/** The table that the demo ends with: our counters beside what the vendors' own ledgers say. */
async function summarize(runtime: Runtime, sandboxes: ReadonlyMap<string, SandboxProcess>): Promise<string> {
  const counters = await runtime.counters();
  const rows = counters.map(({ name, label, value }) => [name, label, String(value)]);
  const ledgers = await Promise.all(
    [...sandboxes].map(async ([connection, sandbox]) => {
      const { effects } = await sandbox.ledger();
      const byAction = Object.groupBy(effects, ({ resource, action }) => `${resource} ${action}`);
      return Object.entries(byAction).map(([action, group = []]) => [
        connection,
        action,
        String(group.length),
        String(group.reduce((sum, { count }) => sum + count, 0)),
      ]);
    }),
  );
  return [
    formatTable(['counted by the runner', '', ''], rows),
    '',
    formatTable(['vendor’s own ledger', 'effect', 'records', 'times'], ledgers.flat()),
  ].join('\n');
}
