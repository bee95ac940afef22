import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import { type LoadedConfig, parseConfig } from '../config/load-config.ts';
import { createLog } from '../create-log.ts';
import { readEnvironment } from '../environment.ts';
import { packageFolder } from '../package-folder.ts';
import { type Runner, startRunner } from '../start-runner.ts';
import {
  type ExampleConnector,
  startTestSandbox,
  type TestSandbox,
  writeConnectorFolder,
} from './source-connectors.ts';

export interface TestRunner extends AsyncDisposable {
  url: string;
  runner: Runner;
  database: TestDatabase;
  /** What the runner has logged, as text. */
  logged(): string;
  stop(): Promise<void>;
}

export interface TestRunnerOptions {
  /** The config's content; connectors are added unless it names them. */
  config?: object;
  automations?: readonly string[];
  /** Environment variables besides those that a test runner needs. */
  variables?: Readonly<Record<string, string>>;
  /** One that exists already, which is not dropped then. */
  database?: TestDatabase;
  /** Kept afterwards: a database that is used again needs the keyring that is in it. */
  dataDir?: string;
  /** Where `onceover.lock` is; the data folder unless given. */
  configFolder?: string;
  progress?: (stage: string) => void;
  signal?: AbortSignal;
}

/** A whole runner in this process, on a database of its own, at a free port. */
export async function startTestRunner(options: TestRunnerOptions = {}): Promise<TestRunner> {
  const opened = new AsyncDisposableStack();
  try {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'onceover-runner-')));
    if (options.dataDir === undefined) opened.defer(() => rm(dataDir, { recursive: true, force: true }));
    const database = options.database ?? opened.use(await createTestDatabase());
    const environment = readEnvironment(
      {
        ONCEOVER_DATA_DIR: dataDir,
        ONCEOVER_DATABASE_URL: database.url,
        ONCEOVER_DATABASE_OWNER_URL: database.ownerUrl,
        ONCEOVER_PORT: '0',
        ONCEOVER_ENVIRONMENT: 'test',
        ONCEOVER_LOG_LEVEL: 'trace',
        // The connectors of these tests are their sources, which import what no host process may read.
        ONCEOVER_ISOLATION: 'inline',
        ...options.variables,
      },
      dataDir,
    );
    const lines: string[] = [];
    const runner = await startRunner({
      environment,
      loaded: loadedConfig(options, options.configFolder ?? dataDir),
      log: createLog(environment, { write: (line: string) => void lines.push(line) }),
      ...(options.progress === undefined ? {} : { progress: options.progress }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    opened.defer(() => runner.stop());
    const stop = () => opened.disposeAsync();
    return {
      url: runner.url,
      runner,
      database,
      logged: () => lines.join(''),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

function loadedConfig({ config = {}, automations = [] }: TestRunnerOptions, folder: string): LoadedConfig {
  const file = join(folder, 'onceover.config.ts');
  return { config: parseConfig({ automations, ...config }, file, { mode: 'development' }), folder, file };
}

/** The example's three vendors and a config that points to them. */
export interface Example extends AsyncDisposable {
  config: { connectors: string[]; automations: string[]; connections: Record<string, unknown>[] };
  /** By connection. */
  sandboxes: ReadonlyMap<string, TestSandbox>;
  stop(): Promise<void>;
}

const exampleConnections: readonly (Record<string, unknown> & { id: string; connector: ExampleConnector })[] =
  [
    { id: 'billing', connector: 'stripe' },
    { id: 'crm', connector: 'hubspot' },
    {
      id: 'support',
      connector: 'zendesk',
      variables: { subdomain: 'acme' },
      identity: '35436',
      account: '12514403',
    },
  ];

/** Starts the three vendors in this process; `secrets` gives each connection other ones than the sandbox's own. */
export async function startExample(
  secrets: (connection: string) => { accessToken?: string; webhookSecret?: string } = () => ({}),
): Promise<Example> {
  const opened = new AsyncDisposableStack();
  const sandboxes = new Map<string, TestSandbox>();
  const connectors: string[] = [];
  const connections: Record<string, unknown>[] = [];
  for (const connection of exampleConnections) {
    const { id, connector } = connection;
    const sandbox = await startTestSandbox(connector, secrets(id));
    opened.defer(() => sandbox.stop());
    sandboxes.set(id, sandbox);
    const folder = await writeConnectorFolder(connector);
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    connectors.push(folder);
    const { url: origin, accessToken, webhookSecret } = sandbox;
    connections.push({ owner: 'tests', ...connection, origin, credentials: { accessToken }, webhookSecret });
  }
  const stop = () => opened.disposeAsync();
  return {
    config: { connectors, automations: [join(packageFolder(), 'automations', '*')], connections },
    sandboxes,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
