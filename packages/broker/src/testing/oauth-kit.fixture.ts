import type { AuthInput } from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import type { OperationCall, OperationResult } from '../call-types.ts';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import type { ConnectionConfig, RegistrationConfig } from '../connections/connection-config.ts';
import { type Broker, type BrokerOptions, createBroker } from '../create-broker.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { connect, redirectUri } from './oauth-person.fixture.ts';
import {
  type OAuthProfile,
  type OAuthVendor,
  startOAuthVendor,
  vendorClient,
} from './oauth-vendor.fixture.ts';
import { writeOAuthConnector } from './oauth-connector.fixture.ts';
import { testKeyring } from './open-test-broker.fixture.ts';

export interface OAuthKit extends AsyncDisposable {
  broker: Broker;
  store: Store;
  database: TestDatabase;
  vendor: OAuthVendor;
  keyring: Keyring;
  folder: string;
  logged: string[];
  /** Another runner on the same database. */
  openBroker(options?: Partial<BrokerOptions>): Promise<Broker>;
  /** The config again, with other facts of the connection. */
  reconfigure(changed?: Partial<ConnectionConfig>): Promise<unknown>;
  /** A person authorises the connection; null, or why it failed. */
  connect(connection?: string): Promise<string | null>;
  /** Calls `probe.read`, which asks the API once. */
  call(broker?: Broker, call?: Partial<OperationCall>): Promise<OperationResult>;
  /** The status of the API's answer, or the error's code. */
  status(broker?: Broker): Promise<number | string>;
}

/** A broker with the connection `billing` to a real OAuth server. */
export async function openOAuthKit(
  profile: OAuthProfile = {},
  {
    auth = {},
    connection = {},
    registration = {},
    ...options
  }: Partial<BrokerOptions> & {
    auth?: Partial<AuthInput>;
    connection?: Partial<ConnectionConfig>;
    registration?: Partial<RegistrationConfig>;
  } = {},
): Promise<OAuthKit> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const store = await openStore({ url: database.url, applicationName: 'test' });
  stack.defer(() => store.close());
  const vendor = stack.use(await startOAuthVendor(profile, { redirectUri }));
  const { folder } = stack.use(await writeOAuthConnector(auth));
  const connector = await loadConnectorFolder(folder);
  const keyring = testKeyring();
  const logged: string[] = [];
  const log = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const openBroker = async (more: Partial<BrokerOptions> = {}) => {
    const opened = await createBroker({
      store,
      keyring,
      connectors: [connector],
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
  const reconfigure = (changed: Partial<ConnectionConfig> = {}) =>
    broker.connections.applyConfig({
      registrations: [
        {
          id: 'app',
          connector: 'example',
          clientId: vendorClient.id,
          clientSecret: vendorClient.secret,
          ...registration,
        },
      ],
      connections: [
        {
          id: 'billing',
          connector: 'example',
          owner: 'finance',
          registration: 'app',
          variables: { region: 'eu' },
          origin: vendor.origin,
          ...connection,
          ...changed,
        },
      ],
    });
  await reconfigure();
  const call: OAuthKit['call'] = (one = broker, more = {}) =>
    one.call({
      tenant: 'default',
      connection: 'billing',
      operation: 'probe.read',
      mode: 'execute',
      input: { requests: [{ method: 'GET', path: '/orders/1' }] },
      signal: AbortSignal.timeout(15_000),
      ...more,
    });
  return {
    broker,
    store,
    database,
    vendor,
    keyring,
    folder,
    logged,
    openBroker,
    reconfigure,
    call,
    connect: (id = 'billing') => connect(broker, id),
    async status(one) {
      const { reply } = await call(one);
      if (reply.kind === 'error') return reply.error.code;
      // `probe.read` answers a list with one entry for each request.
      const [first] = (reply as unknown as { output: { status?: number; code?: string }[] }).output;
      return first?.status ?? first?.code ?? 'nothing';
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
