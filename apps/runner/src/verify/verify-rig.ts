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
import type { Manifest } from '@onceover/contract';
import { migrate, openStore, startEmbeddedPostgres } from '@onceover/store';
import { type SandboxProcess, startSandboxProcess } from '../demo/sandbox-process.ts';
import { CheckFailure } from './check.ts';
import { sampleVariables } from './sample-variables.ts';
import { startVendorProxy, type VendorProxy } from './vendor-proxy.ts';

/** A connector at work: a broker on an embedded database of its own, and the connector's sandbox behind a proxy. */
export interface VerifyRig extends AsyncDisposable {
  connector: LoadedConnector;
  level: IsolationLevel;
  broker: Broker;
  sandbox: SandboxProcess;
  proxy: VendorProxy;
  variables: Readonly<Record<string, string>>;
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
    const sandbox = await startSandboxProcess(options.sandboxFolder, { cli: options.cli, signal }).catch(
      (cause: unknown) => {
        signal.throwIfAborted();
        throw new CheckFailure(
          `The sandbox does not start; its messages are above. \`onceover sandbox ${options.sandboxFolder}\` must print one JSON line with url, accessToken and webhookSecret.`,
          { cause },
        );
      },
    );
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
    const variables = sampleVariables(connector.manifest.variables);
    await broker.connections.applyConfig(configOf(connector.manifest, proxy.origin, variables));
    let number = 1000;
    return {
      connector,
      level,
      broker,
      sandbox,
      proxy,
      variables,
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

function configOf({ id }: Manifest, origin: string, variables: Readonly<Record<string, string>>) {
  const clientSecret = randomBytes(24).toString('base64url');
  return {
    registrations: [{ id: registrationId, connector: id, clientId: 'onceover-verify', clientSecret, origin }],
    connections: [
      { id: connectionId, connector: id, owner: 'verify', registration: registrationId, variables, origin },
    ],
  };
}
