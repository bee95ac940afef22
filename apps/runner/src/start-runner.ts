import { join } from 'node:path';
import { type Broker, createBroker, openKeyring } from '@onceover/broker';
import { ConfigurationError } from '@onceover/contract';
import { createRuntime, type Runtime } from '@onceover/runtime';
import { auditRole, openStore, requireSchema, schemaVersion, type Store } from '@onceover/store';
import type { Logger } from 'pino';
import { bundleAutomations } from './automations/bundle-automations.ts';
import { openAutomations } from './automations/open-automations.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { findConnectors } from './connectors/find-connectors.ts';
import { type Environment, requireProductionSettings } from './environment.ts';
import { closeServer, listen } from './http/listen.ts';
import type { Readiness } from './http/routes/health.ts';
import { createServer } from './http/server.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { openDatabase } from './open-database.ts';

export interface Runner {
  /** `http://127.0.0.1:4400`, with the port that was really taken. */
  url: string;
  runtime: Runtime;
  store: Store;
  /** Stops claiming, finishes or releases what runs, closes the server, the database and what was started for it. */
  stop(): Promise<void>;
}

export interface RunnerOptions {
  environment: Environment;
  loaded: LoadedConfig;
  log: Logger;
  /** Told about each stage of the start. */
  progress?: (message: string) => void;
  /** Ends the start early; what was opened is closed. Later it has no effect. */
  signal?: AbortSignal;
}

/** A clean shutdown takes less than five seconds, the embedded server's stop included. */
const requestGraceMs = 1000;
const workGraceMs = 3000;

/** Starts one runner: database, broker, runtime, HTTP. What was opened is closed again when a later part fails. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { environment, log } = options;
  requireProductionSettings(environment);
  requireIsolation(environment);
  const opened = new AsyncDisposableStack();
  try {
    const started = await open(options, opened);
    let stopping: Promise<void> | undefined;
    return {
      ...started,
      stop() {
        stopping ??= opened.disposeAsync();
        return stopping;
      },
    };
  } catch (error) {
    await opened
      .disposeAsync()
      .catch((closing: unknown) => log.error({ err: closing }, 'could not close after a failed start'));
    throw error;
  }
}

async function open(
  { environment, loaded, log, progress = () => {}, signal = new AbortController().signal }: RunnerOptions,
  opened: AsyncDisposableStack,
): Promise<Omit<Runner, 'stop'>> {
  const { config, folder } = loaded;
  const stage = (message: string) => {
    signal.throwIfAborted();
    progress(message);
  };
  stage('reading connectors');
  const connectors = await findConnectors({ entries: config.connectors, configFolder: folder });

  stage('starting the database and bundling automations');
  const [bundles, url] = await both(
    bundleAutomations({
      patterns: config.automations,
      configFolder: folder,
      outputFolder: join(environment.dataDir, 'automations'),
    }),
    openDatabase({ environment, log, signal }).then((database) => {
      opened.defer(() => database.close());
      return database.url;
    }),
  );
  const store = await openStore({
    url,
    applicationName: `onceover-runner-${environment.name}`,
    maxConnections: 16,
    onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost'),
    signal,
  });
  opened.defer(() => store.close());
  await requireSchema(store);

  stage('reading connections and automations');
  const keyring = await openKeyring({
    file: environment.keyringFile ?? join(environment.dataDir, 'keyring.json'),
    create: environment.mode === 'development',
  });
  const metrics = createMetrics({ store, environment: environment.name });
  const counters = metrics.broker;
  const broker = await createBroker({ store, keyring, connectors, mode: environment.mode, log, counters });
  opened.defer(() => broker.close());
  const { registrations, connections } = config;
  await broker.connections.applyConfig({ registrations, connections });
  const automations = await openAutomations({ broker, bundles, tenants: tenantsOf(loaded) });
  const runtime = await createRuntime({
    store,
    broker,
    connectors,
    automations,
    log,
    environment: environment.name,
  });
  opened.defer(() => runtime.stop({ timeoutMs: workGraceMs }));
  metrics.watch(runtime);

  stage('opening the HTTP server');
  const address = await serve({ environment, log, runtime, broker, store, metrics, opened });
  signal.throwIfAborted();
  await runtime.start();
  log.info({ url: address, mode: environment.mode, isolation: broker.isolation }, 'runner ready');
  return { url: address, runtime, store };
}

async function serve(parts: {
  environment: Environment;
  log: Logger;
  runtime: Runtime;
  broker: Broker;
  store: Store;
  metrics: Metrics;
  opened: AsyncDisposableStack;
}): Promise<string> {
  const { environment, log, runtime, broker, store, metrics, opened } = parts;
  const { mode, host, port, apiKey } = environment;
  const { isolation } = broker;
  let address = '';
  const server = await createServer({
    runtime,
    log,
    mode,
    host,
    apiKey,
    isolation,
    publicUrl: () => environment.publicUrl ?? address,
    readiness: () => readinessOf({ environment: environment.name, mode, isolation }, store),
    metrics: metrics.read,
    onRefused: metrics.onRefused,
  });
  opened.defer(() => closeServer(server, requestGraceMs));
  address = await listen(server, host, port);
  return address;
}

function requireIsolation({ isolation }: Environment): void {
  if (isolation === undefined || isolation === 'inline') return;
  throw new ConfigurationError(
    `ONCEOVER_ISOLATION=${isolation} cannot be had: this version runs connector code inline only. Unset it.`,
    { code: 'isolation_not_available' },
  );
}

/** Automations serve every tenant that the config names. */
function tenantsOf({ config }: LoadedConfig): readonly string[] {
  return [...new Set(['default', ...config.connections.map(({ tenant }) => tenant)])];
}

/** Waits for both, so that nothing is left under way; then fails as the first of them that failed. */
async function both<Left, Right>(left: Promise<Left>, right: Promise<Right>): Promise<[Left, Right]> {
  await Promise.allSettled([left, right]);
  return [await left, await right];
}

async function readinessOf(
  common: Pick<Readiness, 'environment' | 'mode' | 'isolation'>,
  store: Store,
): Promise<Readiness> {
  try {
    const [version, role] = await Promise.all([schemaVersion(store), auditRole(store)]);
    return { status: 'ready', ...common, schemaVersion: version, auditRole: role };
  } catch {
    return { status: 'not_ready', ...common, schemaVersion: null, auditRole: null };
  }
}
