import { join } from 'node:path';
import {
  type Broker,
  createBroker,
  type IsolationLevel,
  type LoadedConnector,
  openKeyring,
} from '@onceover/broker';
import { createRuntime, type Runtime } from '@onceover/runtime';
import { auditRole, openStore, requireSchema, schemaVersion, type Store } from '@onceover/store';
import type { Logger } from 'pino';
import { type AutomationBundle, bundleAutomations } from './automations/bundle-automations.ts';
import { openAutomations } from './automations/open-automations.ts';
import { chooseIsolation } from './choose-isolation.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { findConnectors } from './connectors/find-connectors.ts';
import type { Environment } from './environment.ts';
import { createKeyringAdministration, type KeyringAdministration } from './keyring-administration.ts';
import { openKeyProvider } from './open-key-provider.ts';
import { closeServer, listen } from './http/listen.ts';
import type { Readiness } from './http/routes/health.ts';
import { createServer } from './http/server.ts';
import { keepSubscriptions } from './keep-subscriptions.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startRotationSchedule } from './rotation-schedule.ts';

/** A clean shutdown takes less than five seconds, the embedded server's stop included. */
const requestGraceMs = 1000;
const workGraceMs = 3000;

/** What the config names, read and built; no database is needed for it. */
export interface RunnerParts {
  connectors: readonly LoadedConnector[];
  bundles: readonly AutomationBundle[];
  /** How their code is held. */
  isolation: IsolationLevel;
}

/** @throws {ConfigurationError} with the place and the remedy */
export async function prepareParts(
  environment: Environment,
  { config, folder }: LoadedConfig,
  log: Logger,
): Promise<RunnerParts> {
  const isolation = chooseIsolation(environment, { warn: (message) => log.warn(message) });
  // It is tried while the rest is read; what fails first is the reason that is told.
  isolation.catch(() => undefined);
  const connectors = await findConnectors({
    entries: config.connectors,
    configFolder: folder,
    dataDir: environment.dataDir,
    npmVariables: environment.npmVariables,
  });
  const bundles = await bundleAutomations({
    patterns: config.automations,
    configFolder: folder,
    outputFolder: join(environment.dataDir, 'automations'),
  });
  return { connectors, bundles, isolation: await isolation };
}

interface Assembly extends RunnerParts {
  environment: Environment;
  loaded: LoadedConfig;
  log: Logger;
  /** The database's. */
  url: string;
  /** Tells about a stage; throws when the start was broken off. */
  stage: (message: string) => void;
  signal: AbortSignal;
  /** Closes what is opened here. */
  opened: AsyncDisposableStack;
}

/** Puts store, broker, runtime and HTTP together and sets them to work. */
export async function assembleRunner(
  assembly: Assembly,
): Promise<{ url: string; runtime: Runtime; store: Store }> {
  const { environment, loaded, log, url, connectors, bundles, stage, signal, opened } = assembly;
  stage('opening the database');
  const store = await openStore({
    url,
    applicationName: `onceover-runner-${environment.name}`,
    maxConnections: 16,
    onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost'),
    signal,
  });
  opened.defer(() => store.close());
  await requireSchema(store);
  // Lists and counts read much: they wait for each other, and never hold up a heartbeat.
  const lists = await openStore({
    url,
    applicationName: `onceover-lists-${environment.name}`,
    maxConnections: 4,
    statementTimeoutMs: 5000,
    statements: 'rare',
    onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost'),
    signal,
  });
  opened.defer(() => lists.close());
  const metrics = createMetrics({ store, environment: environment.name });

  stage('opening connections and automations');
  const { broker, keyring } = await openBroker(assembly, store, metrics);
  opened.defer(() => broker.close());
  const runtime = await createRuntime({
    store,
    lists,
    broker,
    connectors,
    automations: await openAutomations({ broker, bundles, tenants: tenantsOf(loaded) }),
    log,
    environment: environment.name,
  });
  opened.defer(() => runtime.stop({ timeoutMs: workGraceMs }));
  metrics.watch(runtime, broker);

  stage('opening the HTTP server');
  const address = await serve({ environment, log, runtime, broker, keyring, store, metrics, opened });
  signal.throwIfAborted();
  await runtime.start();
  opened.defer(startRotationSchedule(broker.rotations));
  log.info({ url: address, mode: environment.mode, isolation: broker.isolation }, 'runner ready');
  void broker.warm(loaded.config.connections);
  const keeping = keepSubscriptions({ broker, publicUrl: () => environment.publicUrl ?? address, log });
  opened.defer(() => keeping.stop());
  return { url: address, runtime, store };
}

async function openBroker(
  { environment, loaded, connectors, log, isolation }: Assembly,
  store: Store,
  metrics: Metrics,
): Promise<{ broker: Broker; keyring: KeyringAdministration }> {
  const { mode } = environment;
  const provider = openKeyProvider(environment);
  const keyring = await openKeyring(provider);
  const broker = await createBroker({
    store,
    keyring,
    connectors,
    mode,
    log,
    counters: metrics.broker,
    isolation,
  });
  const { registrations, connections } = loaded.config;
  await broker.connections.applyConfig({ registrations, connections });
  return { broker, keyring: createKeyringAdministration({ provider, keyring, broker, store }) };
}

/** Automations serve every tenant that the config names. */
function tenantsOf({ config }: LoadedConfig): readonly string[] {
  return [...new Set(['default', ...config.connections.map(({ tenant }) => tenant)])];
}

async function serve(parts: {
  environment: Environment;
  log: Logger;
  runtime: Runtime;
  broker: Broker;
  keyring: KeyringAdministration;
  store: Store;
  metrics: Metrics;
  opened: AsyncDisposableStack;
}): Promise<string> {
  const { environment, log, runtime, broker, keyring, store, metrics, opened } = parts;
  const { name, mode, host, port, apiKey } = environment;
  const { isolation } = broker;
  let address = '';
  const server = await createServer({
    runtime,
    broker,
    keyring,
    log,
    mode,
    host,
    apiKey,
    isolation,
    publicUrl: () => environment.publicUrl ?? address,
    readiness: () => readinessOf({ environment: name, mode, isolation }, store),
    metrics: metrics.read,
    onRefused: metrics.onRefused,
  });
  opened.defer(() => closeServer(server, requestGraceMs));
  address = await listen(server, host, port);
  return address;
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
