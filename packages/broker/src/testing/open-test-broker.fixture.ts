import { randomBytes } from 'node:crypto';
import type { JsonValue } from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import type { LoadedConnector, OperationCall, OperationResult } from '../call-types.ts';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { type Broker, type BrokerOptions, createBroker } from '../create-broker.ts';
import { createKeyring, type Keyring } from '../keyring/keyring.ts';
import { writeConnectorFolder } from './connector-folder.fixture.ts';
import { startVendor, type Vendor } from './vendor.fixture.ts';

export const accessToken = 'example-access-token-0123456789';

export function testKeyring(): Keyring {
  return createKeyring([{ id: 'key-1', key: randomBytes(32), createdAt: new Date(0) }]);
}

export interface TestBroker extends AsyncDisposable {
  broker: Broker;
  store: Store;
  database: TestDatabase;
  keyring: Keyring;
  vendor: Vendor;
  connector: LoadedConnector;
  counted: Map<string, number>;
  /** Everything that was logged, as JSON. */
  logged: string[];
  /** Calls an operation of the connection `billing`. */
  call(call: Partial<OperationCall> & Pick<OperationCall, 'operation'>): Promise<OperationResult>;
  /** Has connector code make these requests and gives what came of each. */
  probe(requests: readonly object[]): Promise<readonly Record<string, JsonValue>[]>;
}

/** A broker on a database of its own, with the connection `billing` to a vendor on loopback. */
export async function openTestBroker({
  folder: given,
  ...options
}: Partial<BrokerOptions> & { folder?: string } = {}): Promise<TestBroker> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const store = await openStore({ url: database.url, applicationName: 'test' });
  stack.defer(() => store.close());
  const folder = given ?? stack.use(await writeConnectorFolder()).folder;
  const connector = await loadConnectorFolder(folder);
  const vendor = stack.use(await startVendor());
  const keyring = options.keyring ?? testKeyring();
  const counted = new Map<string, number>();
  const logged: string[] = [];
  const log = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const broker = await createBroker({
    store,
    keyring,
    connectors: [connector],
    mode: 'development',
    log: { warn: log },
    counters: {
      increment(name, labels) {
        const key = `${name} ${Object.values(labels).join(' ')}`;
        counted.set(key, (counted.get(key) ?? 0) + 1);
      },
    },
    ...options,
  });
  stack.defer(() => broker.close());
  await broker.connections.applyConfig({ registrations: [], connections: [billing(vendor)] });
  const call: TestBroker['call'] = (one) =>
    broker.call({
      tenant: 'default',
      connection: 'billing',
      mode: 'execute',
      signal: AbortSignal.timeout(10_000),
      ...one,
    });
  return {
    broker,
    store,
    database,
    keyring,
    vendor,
    connector,
    counted,
    logged,
    call,
    async probe(requests) {
      // What a test writes is JSON.
      const { reply } = await call({ operation: 'probe.read', input: { requests } as unknown as JsonValue });
      if (reply.kind !== 'read') throw new Error(JSON.stringify(reply));
      return reply.output as unknown as readonly Record<string, JsonValue>[];
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export function billing({ origin }: { origin: string }) {
  return {
    id: 'billing',
    connector: 'example',
    owner: 'finance',
    variables: { region: 'eu' },
    origin,
    credentials: { accessToken },
  };
}

/** One record of `orders.create`. */
export function order(number: string, total = '10.00') {
  return { record: { number, total }, naturalKey: number, effectKey: `effect-${number}` };
}
