// One runner's process of the subscription tests: keeps one subscription, and ends itself where the test says.
import { openStore, type Store } from '@onceover/store';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { createBroker } from '../create-broker.ts';
import { createKeyring } from '../keyring/keyring.ts';

export interface SubscriptionRunner {
  databaseUrl: string;
  /** Hex. */
  key: string;
  folder: string;
  publicUrl: string;
  leaseMs: number;
  /** Before which statement of the database the process kills itself. */
  killBefore: string | undefined;
}

const settings = JSON.parse(process.argv[2] ?? '') as SubscriptionRunner;
const store = await openStore({ url: settings.databaseUrl, applicationName: 'test-runner' });
const dieAt = ({ name }: { name: string }) => {
  if (name === settings.killBefore) process.kill(process.pid, 'SIGKILL');
};
const mortalStore: Store = {
  ...store,
  query(statement) {
    dieAt(statement);
    return store.query(statement);
  },
  async connect() {
    const connection = await store.connect();
    return {
      ...connection,
      query(statement) {
        dieAt(statement);
        return connection.query(statement);
      },
    };
  },
};
const broker = await createBroker({
  store: mortalStore,
  keyring: createKeyring([{ id: 'key-1', key: Buffer.from(settings.key, 'hex'), createdAt: new Date(0) }]),
  connectors: [await loadConnectorFolder(settings.folder)],
  mode: 'development',
  subscriptionLeaseMs: settings.leaseMs,
});
const { publicUrl } = settings;
const state = await broker.subscriptions.keep({
  tenant: 'default',
  connection: 'billing',
  publicUrl,
  by: 'child',
});
process.stdout.write(`${JSON.stringify(state)}\n`);
await broker.close();
await store.close();
