import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBroker, fileKeyProvider, loadConnectorFolder, openKeyring } from '@onceover/broker';
import { openStore } from '@onceover/store';
import { createTestDatabase } from '@onceover/store/testing';
import { expect, test } from 'vitest';
import { ask } from './testing/ask.ts';
import {
  type ExampleConnector,
  startTestSandbox,
  writeConnectorFolder,
} from './testing/source-connectors.ts';

const publicUrl = 'http://127.0.0.1:4400';
const vendors = [
  ['billing', 'stripe', {}],
  ['support', 'zendesk', { subdomain: 'acme' }],
] as const;

/** The connector under another version, as a release of it would be. */
async function folderOf(connector: ExampleConnector, version: string): Promise<string> {
  const folder = await writeConnectorFolder(connector);
  const file = join(folder, 'package.json');
  const content = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...content, version }));
  return folder;
}

test('100 restarts and 3 upgrades leave one subscription at each vendor’s own list', async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const store = await openStore({ url: database.url, applicationName: 'test' });
  stack.defer(() => store.close());
  const dataDir = await mkdtemp(join(tmpdir(), 'onceover-restarts-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const keyring = await openKeyring(fileKeyProvider({ file: join(dataDir, 'keyring.json'), create: true }));
  const sandboxes = new Map<string, Awaited<ReturnType<typeof startTestSandbox>>>();
  for (const [id, connector] of vendors) {
    // A secret of this test: what is believed afterwards was told by the vendor.
    const sandbox = await startTestSandbox(connector, { webhookSecret: randomBytes(16).toString('hex') });
    stack.defer(() => sandbox.stop());
    sandboxes.set(id, sandbox);
  }
  const connections = vendors.map(([id, connector, variables]) => {
    const { url: origin, accessToken = '' } = sandboxes.get(id) ?? {};
    return { id, connector, owner: 'tests', variables, origin, credentials: { accessToken } };
  });

  for (const version of ['0.1.0', '0.2.0', '0.10.0', '1.0.0']) {
    const folders = await Promise.all(vendors.map(([, connector]) => folderOf(connector, version)));
    for (const folder of folders) stack.defer(() => rm(folder, { recursive: true, force: true }));
    for (let restart = 0; restart < 25; restart += 1) {
      const connectors = await Promise.all(folders.map((folder) => loadConnectorFolder(folder)));
      const broker = await createBroker({ store, keyring, connectors, mode: 'development' });
      await broker.connections.applyConfig({ registrations: [], connections });
      for (const { id: connection } of connections) {
        const asked = { tenant: 'default', connection, publicUrl, by: 'tests' };
        expect(await broker.subscriptions.keep(asked)).toMatchObject({ listed: 1, problem: null });
      }
      await broker.close();
    }
  }

  for (const [id, connector] of vendors) {
    const { url = '', accessToken = '' } = sandboxes.get(id) ?? {};
    const path = connector === 'stripe' ? '/v1/webhook_endpoints' : '/api/v2/webhooks';
    const headers = { authorization: `Bearer ${accessToken}`, 'stripe-version': '2026-10-28.endive' };
    const list = await ask(url + path, { headers });
    expect(list.text.split(`${publicUrl}/v1/hooks/${id}`)).toHaveLength(2);
    const ledger = await ask(`${url}/_sandbox/ledger`);
    expect((ledger.json as { effects: object[] }).effects).toEqual([
      expect.objectContaining({ resource: 'subscriptions', action: 'created', count: 1 }),
    ]);
  }
});
