import { ConfigurationError } from '@onceover/contract';
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Environment } from '../environment.ts';
import { type Runner, startRunner } from '../start-runner.ts';
import { loadGolden } from './golden.ts';
import { createProgress, type Progress } from './progress.ts';
import { replay } from './replay.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';
import { countedSince, formatSummary } from './summary.ts';

export interface DemoOptions {
  environment: Environment;
  /** The example's config; each connection gets its sandbox's origin and secrets. */
  loaded: LoadedConfig;
  goldenFile: string;
  log: Logger;
  print: (line: string) => void;
  /** Fires when the demo shall end, at whatever stage it is. */
  signal: AbortSignal;
}

interface Stage {
  runner: Runner;
  sandboxes: ReadonlyMap<string, SandboxProcess>;
  progress: Progress;
}

const plan = { unique: 140, duplicates: 50, forged: 10 };

/** The main job: fakes, runner, replay of the golden webhooks, a table; then it stays up until it is told to end. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { environment, loaded, log, print, signal } = options;
  const progress = createProgress(process.stderr);
  const opened = new AsyncDisposableStack();
  try {
    progress.update('starting three vendor sandboxes …');
    const sandboxes = await startSandboxes(loaded, opened, signal);
    const places = [...sandboxes.values()].map(({ connector, url }) => `${connector} ${url}`);
    progress.done(`✓ sandboxes: ${places.join(', ')}`);
    const startedAt = performance.now();
    const runner = await startRunner({
      environment,
      loaded: withSandboxes(loaded, sandboxes),
      log,
      progress: (stage) => progress.update(`${stage} …`),
      signal,
    });
    opened.defer(() => runner.stop());
    progress.done(`✓ runner: ${runner.url} (${Math.round(performance.now() - startedAt)} ms)`);
    await replayGolden(options, { runner, sandboxes, progress });
    print(`\nThe runner stays up: curl '${runner.url}/v1/runs?limit=5'   (Ctrl-C ends it)`);
    await ended(signal);
  } catch (error) {
    // Whatever breaks off after the signal was asked to.
    if (!signal.aborted) throw error;
  } finally {
    progress.done('stopping …');
    await opened.disposeAsync();
  }
}

async function startSandboxes(
  { config }: LoadedConfig,
  opened: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SandboxProcess>> {
  const [, cli] = process.argv;
  if (cli === undefined) throw new ConfigurationError('The CLI does not know its own file.');
  const starting = config.connections.map(async ({ id, connector }) => {
    const sandbox = await startSandboxProcess(connector, { cli, signal });
    opened.defer(() => sandbox.stop());
    return [id, sandbox] as const;
  });
  // All of them, so that none is left when another one fails.
  await Promise.allSettled(starting);
  return new Map(await Promise.all(starting));
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
  { goldenFile, print, signal }: DemoOptions,
  { runner, sandboxes, progress }: Stage,
): Promise<void> {
  const now = new Date();
  // The database remembers what earlier starts sent: other numbers, so that these webhooks are new to it.
  const golden = await loadGolden(goldenFile, plan, now, { firstNumber: now.getTime() });
  for (const { connection, records } of golden.seeds) await sandboxes.get(connection)?.seed(records);
  const before = await runner.runtime.counters();
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
  const ledgers = await Promise.all(
    [...sandboxes].map(async ([connection, sandbox]) => ({ connection, ledger: await sandbox.ledger() })),
  );
  print(`\n${formatSummary(countedSince(before, await runner.runtime.counters()), ledgers)}`);
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
