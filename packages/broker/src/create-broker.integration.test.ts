import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBroker } from './create-broker.ts';
import { testKeyring } from './testing/open-test-broker.fixture.ts';

let database: TestDatabase;
let store: Store;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore({ url: database.url, applicationName: 'test' });
  folder = await mkdtemp(join(tmpdir(), 'onceover-bundle-'));
});
afterAll(async () => {
  await store.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

const keyring = testKeyring();
const open = (ring = keyring) => createBroker({ store, keyring: ring, connectors: [], mode: 'development' });

test('brokers that open a new database at once agree on its effect keys', async () => {
  const brokers = await Promise.all([open(), open(), open(), open()]);
  const keys = new Set(brokers.map(({ effectKey }) => effectKey(['default', 'crm', 'contacts.upsert'])));
  expect(keys.size).toBe(1);
  const later = await open();
  expect(keys).toContain(later.effectKey(['default', 'crm', 'contacts.upsert']));
  await Promise.all([...brokers, later].map((broker) => broker.close()));
});

test('a keyring that is not the database’s is refused', async () => {
  await (await open()).close();
  await expect(open(testKeyring())).rejects.toMatchObject({ code: 'secret_unreadable' });
});

test('an automation bundle answers messages; what it throws is an error reply', async () => {
  const bundleFile = join(folder, 'bundle.mjs');
  await writeFile(
    bundleFile,
    `export default { async handle(request, callback) {
       if (request.kind === 'throw') throw new Error('in the flow');
       if (request.kind === 'call') return callback({ kind: 'http' });
       return { kind: 'echo', request };
     } };`,
  );
  const broker = await open();
  const automation = broker.openAutomation({ tenant: 'default', bundleFile });
  expect(automation.level).toBe('inline');
  expect(await automation.request({ kind: 'describe' })).toEqual({
    kind: 'echo',
    request: { kind: 'describe' },
  });
  expect(await automation.request({ kind: 'throw' })).toMatchObject({
    kind: 'error',
    error: { message: 'in the flow' },
  });
  expect(await automation.request({ kind: 'call' })).toMatchObject({ kind: 'error' });
  await broker.close();
  expect(await automation.request({ kind: 'describe' })).toMatchObject({
    kind: 'error',
    error: { code: 'host_closed' },
  });
});

test('a file that is no bundle is an error reply that names it', async () => {
  const bundleFile = join(folder, 'none.mjs');
  await writeFile(bundleFile, 'export default 1;');
  const broker = await open();
  expect(await broker.openAutomation({ tenant: 'default', bundleFile }).request({})).toMatchObject({
    kind: 'error',
    error: { code: 'automation_invalid', message: expect.stringContaining(bundleFile) },
  });
  await broker.close();
});
