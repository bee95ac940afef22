// One runner's process of the refresh tests, with a clock that is wrong: callers that use a connection when they are told to.
import type { Store } from '@onceover/store';
import { systemNow } from './skewed-clock.fixture.ts';

export interface CallerSettings {
  databaseUrl: string;
  /** Hex. */
  key: string;
  folder: string;
  /** How much this process's clock is ahead. */
  skewMs: number;
  leaseMs: number;
  /** What this process does to itself when a token answer is about to be stored. */
  atStore: 'SIGKILL' | 'SIGSTOP' | undefined;
}

export type CallerMessage = { ready: true } | { statuses: Record<string, number> };

const settings = JSON.parse(process.argv[2] ?? '') as CallerSettings;
systemNow.skewMs = settings.skewMs;
const { openStore } = await import('@onceover/store');
const { loadConnectorFolder } = await import('../connectors/load-connector-folder.ts');
const { createBroker } = await import('../create-broker.ts');
const { createKeyring } = await import('../keyring/keyring.ts');

const store = await openStore({ url: settings.databaseUrl, applicationName: 'test-caller' });
let { atStore } = settings;
/** The store, but for the moment in which what a vendor answered is about to be stored. */
const storeOrNot: Store = {
  ...store,
  async connect() {
    const connection = await store.connect();
    return {
      ...connection,
      query(statement) {
        const signal = statement.name === 'lock-grant' ? atStore : undefined;
        if (signal !== undefined) {
          atStore = undefined;
          process.kill(process.pid, signal);
        }
        return connection.query(statement);
      },
    };
  },
};
const broker = await createBroker({
  store: storeOrNot,
  keyring: createKeyring([{ id: 'key-1', key: Buffer.from(settings.key, 'hex'), createdAt: new Date(0) }]),
  connectors: [await loadConnectorFolder(settings.folder)],
  mode: 'development',
  refreshLeaseMs: settings.leaseMs,
});

async function callOnce(): Promise<string> {
  const { reply } = await broker.call({
    tenant: 'default',
    connection: 'billing',
    operation: 'probe.read',
    mode: 'execute',
    input: { requests: [{ method: 'GET', path: '/orders/1' }] },
    signal: AbortSignal.timeout(60_000),
  });
  if (reply.kind !== 'read') return JSON.stringify(reply);
  // `probe.read` answers a list with one entry for each request.
  const [first] = reply.output as { status?: number; code?: string }[];
  return String(first?.status ?? first?.code);
}

const tell = (message: CallerMessage) => void process.send?.(message);
async function callAtOnce(callers: number): Promise<void> {
  const statuses: Record<string, number> = {};
  for (const status of await Promise.all(Array.from({ length: callers }, callOnce))) {
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  tell({ statuses });
}

process.on('message', ({ callers }: { callers: number }) => void callAtOnce(callers));
process.on('disconnect', () => process.exit(0));
tell({ ready: true });
