import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Broker,
  createBroker,
  fileKeyProvider,
  type IsolationLevel,
  type LoadedConnector,
  openKeyring,
} from '@onceover/broker';
import { findWebhook } from '@onceover/contract';
import { migrate, openStore, startEmbeddedPostgres, type Store } from '@onceover/store';
import { type SandboxProcess, startSandboxProcess } from '../demo/sandbox-process.ts';
import { CheckFailure } from './check.ts';
import { flowConnectionId } from './runner-flows.ts';
import { sampleVariables } from './sample-variables.ts';
import { startVendorProxy, type VendorProxy } from './vendor-proxy.ts';

/** A connector at work: a broker on an embedded database of its own, and the connector's sandbox behind a proxy. */
export interface VerifyRig extends AsyncDisposable {
  connector: LoadedConnector;
  level: IsolationLevel;
  broker: Broker;
  store: Store;
  sandbox: SandboxProcess;
  proxy: VendorProxy;
  /** What is connected, for the broker here and for runners. */
  config: RigConfig;
  /** For runners of their own: the database, and the keyring that its secrets are wrapped by. */
  settings: Readonly<Record<string, string>>;
  folder: string;
  /** A number that no record has had yet. */
  nextNumber(): number;
}

/** A migrated database that nobody else uses. */
export interface VerifyDatabase {
  url: string;
  ownerUrl: string;
  stop(): Promise<void>;
}

/** @param folder for the database's files; removed afterwards */
export type OpenVerifyDatabase = (folder: string, signal: AbortSignal) => Promise<VerifyDatabase>;

export const connectionId = 'verify';
export const registrationId = 'verify-app';

export async function openVerifyRig(options: {
  connector: LoadedConnector;
  level: IsolationLevel;
  /** The folder whose `./sandbox` is run. */
  sandboxFolder: string;
  /** The CLI's file. */
  cli: string;
  openDatabase?: OpenVerifyDatabase;
  signal: AbortSignal;
}): Promise<VerifyRig> {
  const { connector, level, openDatabase = openEmbeddedDatabase, signal } = options;
  const opened = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'onceover-verify-'));
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    const sandbox = await startSandbox(options);
    opened.defer(() => sandbox.stop());
    const proxy = opened.use(await startVendorProxy(sandbox.url, connector.manifest.auth));
    const database = await openDatabase(join(folder, 'data'), signal);
    opened.defer(() => database.stop());
    const store = await openStore({ url: database.url, applicationName: 'onceover-verify', signal });
    opened.defer(() => store.close());
    const keyringFile = join(folder, 'keyring.json');
    const keyring = await openKeyring(fileKeyProvider({ file: keyringFile, create: true }));
    const broker = await createBroker({
      store,
      keyring,
      connectors: [connector],
      mode: 'development',
      isolation: level,
      cacheTtlMs: 0,
    });
    opened.defer(() => broker.close());
    const config = configOf(connector, proxy.origin, sandbox);
    await broker.connections.applyConfig(config);
    let number = 1000;
    return {
      connector,
      level,
      broker,
      store,
      sandbox,
      proxy,
      config,
      folder,
      settings: {
        ONCEOVER_DATABASE_URL: database.url,
        ONCEOVER_DATABASE_OWNER_URL: database.ownerUrl,
        ONCEOVER_KEYRING: keyringFile,
        ONCEOVER_DATA_DIR: join(folder, 'runner'),
      },
      nextNumber: () => (number += 1),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** A process of the package's own code: it gets nothing of the environment. */
async function startSandbox(options: {
  sandboxFolder: string;
  cli: string;
  signal: AbortSignal;
}): Promise<SandboxProcess> {
  const { sandboxFolder, cli, signal } = options;
  try {
    return await startSandboxProcess(sandboxFolder, { cli, signal, variables: {} });
  } catch (cause) {
    signal.throwIfAborted();
    throw new CheckFailure(
      `The sandbox does not start; its messages are above. \`onceover sandbox ${sandboxFolder}\` must print one JSON line with url, accessToken and webhookSecret.`,
      { cause },
    );
  }
}

async function openEmbeddedDatabase(dataDir: string, signal: AbortSignal): Promise<VerifyDatabase> {
  const database = await startEmbeddedPostgres({ dataDir, signal });
  try {
    await migrate({ ownerUrl: database.ownerUrl, signal });
  } catch (error) {
    await database.stop();
    throw error;
  }
  return database;
}

type RigConfig = ReturnType<typeof configOf>;

/** A registration with a connection that consent is given for, and another one that has the sandbox's own token. */
function configOf({ manifest }: LoadedConnector, origin: string, sandbox: SandboxProcess) {
  const { id: connector } = manifest;
  const variables = sampleVariables(manifest.variables);
  const clientSecret = randomBytes(24).toString('base64url');
  const webhook = findWebhook(manifest);
  // Where the vendor tells a subscription's secret, the connection gets it there.
  const isGiven = webhook?.signature.secret === 'webhookSecret' && !('list' in (webhook.subscription ?? {}));
  const own = { connector, owner: 'verify', variables, origin };
  return {
    registrations: [{ id: registrationId, connector, clientId: 'onceover-verify', clientSecret, origin }],
    connections: [
      {
        ...own,
        id: connectionId,
        registration: registrationId,
        ...(isGiven && { webhookSecret: sandbox.webhookSecret }),
      },
      { ...own, id: flowConnectionId, credentials: { accessToken: sandbox.accessToken } },
    ],
  };
}
