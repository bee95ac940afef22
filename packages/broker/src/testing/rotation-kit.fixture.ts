import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { manifestOf } from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, readTable, type TestDatabase } from '@onceover/store/testing';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { type Broker, type BrokerOptions, createBroker } from '../create-broker.ts';
import { createKeyring } from '../keyring/keyring.ts';
import type { HolderName } from '../rotation/secret-holder.ts';
import { compileText } from './compiled-code.fixture.ts';
import type { ConnectionConfig } from '../connections/connection-config.ts';
import { type ConnectorFolder, writeConnectorFolder } from './connector-folder.fixture.ts';
import { connectorWithKeys, type RotationFacts } from './rotation-connector.fixture.ts';
import { type RotationVendor, startRotationVendor, type VendorKey } from './rotation-vendor.fixture.ts';

export const billingHolder: HolderName = { kind: 'connection', tenant: 'default', id: 'billing' };

type KitDatabase = Pick<TestDatabase, 'url' | 'ownerUrl'>;

export interface KitOptions {
  /** For other processes, which load the connector many times. */
  isCompiled?: boolean;
  /** A migrated one; one of its own unless given. */
  database?: KitDatabase;
}

export interface RotationKit extends AsyncDisposable {
  broker: Broker;
  store: Store;
  database: KitDatabase;
  vendor: RotationVendor;
  /** The key that the config gave. */
  firstKey: VendorKey;
  /** Hex, for other processes on the database. */
  keyringKey: string;
  folder: string;
  logged: string[];
  openBroker(options?: Partial<BrokerOptions>): Promise<Broker>;
  /** The config again, as at a start, or with other facts of the connection; null: without it. */
  reconfigure(changed?: Partial<ConnectionConfig> | null): Promise<unknown>;
  /** A runner with another version of the connector. */
  upgrade(facts: RotationFacts): Promise<Broker>;
  /** Versions of the key with their states, the newest first. */
  versions(): Promise<string[]>;
  /** The rotations' rows, the newest first. */
  rotations(): Promise<readonly Record<string, unknown>[]>;
  /** The status of one call of the API. */
  status(broker?: Broker): Promise<string>;
}

/** A broker with the connection `billing`, whose access token is a key that can be rotated. */
export async function openRotationKit(
  facts: RotationFacts,
  { isCompiled = false, database: given, ...options }: Partial<BrokerOptions> & KitOptions = {},
): Promise<RotationKit> {
  const stack = new AsyncDisposableStack();
  const database = given ?? stack.use(await createTestDatabase());
  const store = await openStore({ url: database.url, applicationName: 'test' });
  stack.defer(() => store.close());
  const vendor = stack.use(await startRotationVendor());
  const { folder } = stack.use(await writeKeyConnector(facts, { isCompiled }));
  const key = randomBytes(32);
  const logged: string[] = [];
  const log = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const openBroker = async (more: Partial<BrokerOptions> = {}) => {
    const opened = await createBroker({
      store,
      keyring: createKeyring([{ id: 'key-1', key, createdAt: new Date(0) }]),
      connectors: [await loadConnectorFolder(folder)],
      mode: 'development',
      log: { warn: log },
      cacheTtlMs: 0,
      ...options,
      ...more,
    });
    stack.defer(() => opened.close());
    return opened;
  };
  const broker = await openBroker();
  const firstKey = vendor.mint();
  const reconfigure = (changed: Partial<ConnectionConfig> | null = {}) => {
    const connection: ConnectionConfig = {
      id: 'billing',
      connector: 'example',
      owner: 'finance',
      variables: { region: 'eu' },
      origin: vendor.origin,
      credentials: { accessToken: firstKey.secret },
      ...changed,
    };
    const connections = changed === null ? [] : [connection];
    return broker.connections.applyConfig({ registrations: [], connections });
  };
  await reconfigure();
  return {
    broker,
    store,
    database,
    vendor,
    firstKey,
    keyringKey: key.toString('hex'),
    folder,
    logged,
    openBroker,
    reconfigure,
    async upgrade(changed) {
      const other = stack.use(await writeKeyConnector(changed));
      return openBroker({ connectors: [await loadConnectorFolder(other.folder)] });
    },
    async versions() {
      const rows = await readTable(database, 'secret_versions');
      return rows
        .filter(({ field }) => field === 'accessToken')
        .toSorted((left, right) => Number(right.version) - Number(left.version))
        .map(({ version, state }) => `${String(version)} ${String(state)}`);
    },
    async rotations() {
      const rows = await readTable(database, 'secret_rotations');
      return rows.toSorted((left, right) => Number(right.version) - Number(left.version));
    },
    status: (one = broker) => callOnce(one),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The status of the API's answer, or the error's code. */
export async function callOnce(broker: Broker): Promise<string> {
  const { reply } = await broker.call({
    tenant: 'default',
    connection: 'billing',
    operation: 'probe.read',
    mode: 'execute',
    input: { requests: [{ method: 'GET', path: '/orders/1' }] },
    signal: AbortSignal.timeout(20_000),
  });
  if (reply.kind !== 'read') return JSON.stringify(reply);
  // `probe.read` answers a list with one entry for each request.
  const [first] = reply.output as { status?: number; code?: string }[];
  return String(first?.status ?? first?.code);
}

/** @param isCompiled for processes that load it many times */
async function writeKeyConnector(
  facts: RotationFacts,
  { isCompiled = false }: { isCompiled?: boolean } = {},
): Promise<ConnectorFolder> {
  const module = JSON.stringify(join(import.meta.dirname, 'rotation-connector.fixture.ts'));
  const code = `import { connectorWithKeys } from ${module};\nexport const connector = connectorWithKeys(${JSON.stringify(facts)});\n`;
  return writeConnectorFolder({
    manifest: manifestOf(connectorWithKeys(facts)),
    code: isCompiled ? await compileText(code) : code,
  });
}
