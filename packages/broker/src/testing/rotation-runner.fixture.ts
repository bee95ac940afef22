// One runner's process of the rotation tests: goes on with a rotation until it is over, or until it is killed.
import type { Store } from '@onceover/store';
import { openStore } from '@onceover/store';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { createBroker } from '../create-broker.ts';
import { createKeyring } from '../keyring/keyring.ts';

/**
 * Where a runner dies: `claimed` the step's lease is taken · `saving` the vendor has answered, nothing is stored ·
 * `committing` all of the step is in the transaction · `committed` the step is stored.
 */
export type Boundary = 'claimed' | 'saving' | 'committing' | 'committed';

export interface RotationRunnerSettings {
  databaseUrl: string;
  /** Hex. */
  key: string;
  folder: string;
  leaseMs: number;
  /** The first of these that it comes to. */
  dieAt: Boundary | undefined;
  /** Begins the rotation, or finds it: with the new secret where a person gives it. */
  begin: { value: string | undefined } | undefined;
}

const settings = JSON.parse(process.argv[2] ?? '') as RotationRunnerSettings;
const dieAt = (boundary: Boundary) => {
  if (settings.dieAt === boundary) process.kill(process.pid, 'SIGKILL');
};

const store = await openStore({ url: settings.databaseUrl, applicationName: 'test-rotation' });
/** The store, but for the moments at which this process may die. */
const mortal: Store = {
  ...store,
  async query(statement) {
    const result = await store.query(statement);
    if (statement.name === 'claim-rotation' && result.rowCount === 1) dieAt('claimed');
    return result as never; // The same rows.
  },
  async connect() {
    const connection = await store.connect();
    let isStep = false;
    return {
      ...connection,
      async query(statement) {
        if (statement.name === 'save-rotation') {
          dieAt('saving');
          isStep = true;
        }
        return connection.query(statement);
      },
      async execute(text) {
        if (isStep && text === 'commit') dieAt('committing');
        await connection.execute(text);
        if (isStep && text === 'commit') dieAt('committed');
      },
    };
  },
};
const broker = await createBroker({
  store: mortal,
  keyring: createKeyring([{ id: 'key-1', key: Buffer.from(settings.key, 'hex'), createdAt: new Date(0) }]),
  connectors: [await loadConnectorFolder(settings.folder)],
  mode: 'development',
  rotationLeaseMs: settings.leaseMs,
});
const holder = { kind: 'connection', tenant: 'default', id: 'billing' } as const;
if (settings.begin !== undefined) {
  await broker.rotations.rotate({ holder, secret: 'accessToken', by: 'olga', ...settings.begin });
}
const every = setInterval(() => void broker.rotations.runDue(), 50);
process.on('disconnect', () => {
  clearInterval(every);
  process.exit(0);
});
