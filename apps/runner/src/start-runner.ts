import { join } from 'node:path';
import { createBroker, openKeyring } from '@onceover/broker';
import { ConfigurationError } from '@onceover/contract';
import { createRuntime, type Runtime } from '@onceover/runtime';
import {
  auditRole,
  migrate,
  openStore,
  requireSchema,
  schemaVersion,
  startEmbeddedPostgres,
  type Store,
} from '@onceover/store';
import type { Logger } from 'pino';
import { bundleAutomations } from './automations/bundle-automations.ts';
import { openAutomations } from './automations/open-automations.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { findConnectors } from './connectors/find-connectors.ts';
import { type Environment, requireProductionSettings } from './environment.ts';
import type { Readiness } from './http/routes/health.ts';
import { createServer } from './http/server.ts';
import { createMetrics } from './metrics.ts';

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
}

/** Starts one runner: database, broker, runtime, HTTP. What was opened is closed again when a later part fails. */
export async function startRunner({
  environment,
  loaded,
  log,
  progress = () => {},
}: RunnerOptions): Promise<Runner> {
  requireProductionSettings(environment);
  if (environment.isolation !== undefined && environment.isolation !== 'inline') {
    throw new ConfigurationError(
      `ONCEOVER_ISOLATION=${environment.isolation} cannot be had: this version runs connector code inline only. Unset it.`,
    );
  }
  const { config, folder } = loaded;
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of closers.reverse()) await close();
  };
  try {
    progress('reading connectors');
    const connectors = await findConnectors({ entries: config.connectors, configFolder: folder });
    progress('bundling automations');
    const bundles = await bundleAutomations({
      patterns: config.automations,
      configFolder: folder,
      outputFolder: join(environment.dataDir, 'automations'),
    });

    progress('starting the database');
    const url = await openDatabase(environment, log, closers);
    const store = await openStore({
      url,
      applicationName: `onceover-runner-${environment.name}`,
      maxConnections: 16,
      onConnectionLost: (error) => log.warn({ err: error }, 'a database connection was lost'),
    });
    closers.push(() => store.close());
    await requireSchema(store);

    const keyring = await openKeyring({
      file: environment.keyringFile ?? join(environment.dataDir, 'keyring.json'),
      create: environment.mode === 'development',
    });
    const broker = await createBroker({ store, keyring, connectors, mode: environment.mode, log });
    closers.push(() => broker.close());
    await broker.connections.applyConfig({
      registrations: config.registrations,
      connections: config.connections,
    });

    const automations = await openAutomations({ broker, bundles });
    const runtime = await createRuntime({
      store,
      broker,
      connectors,
      automations,
      log,
      environment: environment.name,
    });
    closers.push(() => runtime.stop({ timeoutMs: 4500 }));

    progress('opening the HTTP server');
    const metrics = createMetrics({ runtime, store, environment: environment.name });
    let publicUrl = environment.publicUrl ?? '';
    const server = await createServer({
      runtime,
      log,
      mode: environment.mode,
      host: environment.host,
      apiKey: environment.apiKey,
      publicUrl: () => publicUrl,
      readiness: () => readinessOf(environment, store),
      metrics,
    });
    closers.push(() => server.close());
    const address = await listen(server, environment);
    if (publicUrl === '') publicUrl = address;
    await runtime.start();
    log.info({ url: address, publicUrl, mode: environment.mode, isolation: 'inline' }, 'runner ready');
    let stopping: Promise<void> | undefined;
    return {
      url: address,
      runtime,
      store,
      stop: () => {
        stopping ??= closeAll();
        return stopping;
      },
    };
  } catch (error) {
    await closeAll().catch((closing: unknown) =>
      log.error({ err: closing }, 'could not close after a failed start'),
    );
    throw error;
  }
}

async function openDatabase(
  environment: Environment,
  log: Logger,
  closers: (() => Promise<void>)[],
): Promise<string> {
  if (environment.databaseUrl === undefined) {
    const embedded = await startEmbeddedPostgres({
      dataDir: environment.dataDir,
      log: (message) => log.info(message),
    });
    closers.push(() => embedded.stop());
    await migrate({ ownerUrl: embedded.ownerUrl, log: (message) => log.info(message) });
    return embedded.url;
  }
  if (environment.mode === 'development') {
    // Without an owner's URL one login does everything; /readyz says so.
    await migrate({
      ownerUrl: environment.databaseOwnerUrl ?? environment.databaseUrl,
      log: (message) => log.info(message),
    });
  }
  return environment.databaseUrl;
}

async function listen(
  server: Awaited<ReturnType<typeof createServer>>,
  environment: Environment,
): Promise<string> {
  const { host, port } = environment;
  try {
    await server.listen({ host, port });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new ConfigurationError(
        `Port ${port} is in use. Stop what listens there, or set ONCEOVER_PORT to another port (0 picks a free one).`,
        { cause: error },
      );
    }
    throw error;
  }
  const address = server.server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}

async function readinessOf(environment: Environment, store: Store): Promise<Readiness> {
  const common = { environment: environment.name, mode: environment.mode, isolation: 'inline' as const };
  try {
    const [version, role] = await Promise.all([schemaVersion(store), auditRole(store)]);
    return { status: 'ready', ...common, schemaVersion: version, auditRole: role };
  } catch {
    return { status: 'not_ready', ...common, schemaVersion: null, auditRole: null };
  }
}
