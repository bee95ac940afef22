import { randomBytes } from 'node:crypto';
import type { ErrorData } from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import type { ConnectionConfig, RegistrationConfig } from '../connections/connection-config.ts';
import { type Broker, type BrokerOptions, createBroker } from '../create-broker.ts';
import { createKeyring } from '../keyring/keyring.ts';
import type { SubscriptionState } from '../subscriptions/subscription-state.ts';
import { billing } from './open-test-broker.fixture.ts';
import {
  seenByCode,
  type SubscribingOptions,
  writeSubscribingConnector,
} from './subscribing-connector.fixture.ts';
import { startSubscriptionVendor, type SubscriptionVendor } from './subscription-vendor.fixture.ts';

export const publicUrl = 'http://127.0.0.1:4400';
export const hook = `${publicUrl}/v1/hooks/billing`;

export interface SubscriptionKit extends AsyncDisposable {
  vendor: SubscriptionVendor;
  database: TestDatabase;
  store: Store;
  folder: string;
  /** Hex. */
  key: string;
  logged: string[];
  /** What connector code got to see of this vendor's answers. */
  seen(): readonly string[];
  /** A runner's broker with this version of the connector. */
  open(
    options?: Partial<BrokerOptions> & { version?: string; subscribing?: SubscribingOptions },
  ): Promise<Broker>;
  /** Brings registration and connection to what a config would say. */
  configure(broker: Broker, changed?: { connection?: Partial<ConnectionConfig> | null }): Promise<void>;
  keep(broker: Broker, url?: string): Promise<SubscriptionState>;
}

export async function openSubscriptionKit(
  subscribing: SubscribingOptions = {},
  registration: Partial<RegistrationConfig> | null = null,
): Promise<SubscriptionKit> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const store = await openStore({ url: database.url, applicationName: 'test' });
  stack.defer(() => store.close());
  const vendor = stack.use(await startSubscriptionVendor());
  const key = randomBytes(32);
  const keyring = createKeyring([{ id: 'key-1', key, createdAt: new Date(0) }]);
  const folders = new Map<string, string>();
  const logged: string[] = [];
  const folderOf = async (version: string, options: SubscribingOptions) => {
    const name = JSON.stringify([version, options]);
    const known = folders.get(name);
    if (known !== undefined) return known;
    const { folder } = stack.use(await writeSubscribingConnector(options, version));
    folders.set(name, folder);
    return folder;
  };
  const base = await folderOf('1.0.0', subscribing);
  return {
    vendor,
    database,
    store,
    folder: base,
    key: key.toString('hex'),
    logged,
    seen: () => seenByCode.filter((text) => text.includes(vendor.origin)),
    async open({ version = '1.0.0', subscribing: changed = subscribing, ...options } = {}) {
      const broker = await createBroker({
        store,
        keyring,
        connectors: [await loadConnectorFolder(await folderOf(version, changed))],
        mode: 'development',
        cacheTtlMs: 0,
        log: { warn: (fields, message) => void logged.push(JSON.stringify({ ...fields, message })) },
        ...options,
      });
      stack.defer(() => broker.close());
      return broker;
    },
    async configure(broker, { connection = {} } = {}) {
      const { variables, ...common } = billing(vendor);
      await broker.connections.applyConfig({
        registrations:
          registration === null
            ? []
            : [
                {
                  id: 'app',
                  connector: 'example',
                  clientId: 'our-app',
                  clientSecret: 'client-secret-0123456789',
                  origin: vendor.origin,
                  ...registration,
                },
              ],
        connections:
          connection === null
            ? []
            : [
                {
                  ...common,
                  ...(registration === null ? { variables } : { registration: 'app' }),
                  ...connection,
                },
              ],
      });
    },
    keep: (broker, url = publicUrl) =>
      broker.subscriptions.keep({ tenant: 'default', connection: 'billing', publicUrl: url, by: 'maria' }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A problem's code; null for none. */
export function codeOf({ problem }: { problem: ErrorData | null }): string | null {
  return problem?.code ?? null;
}
