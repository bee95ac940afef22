import { manifestOf } from '@onceover/contract';
import { readTable } from '@onceover/store/testing';
import { afterAll, expect, test } from 'vitest';
import type { LoadedConnector } from '../call-types.ts';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { type Broker, createBroker } from '../create-broker.ts';
import { writeConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { connector as example } from '../testing/example-connector.fixture.ts';
import { billing, openTestBroker, type TestBroker } from '../testing/open-test-broker.fixture.ts';

const manifest = manifestOf(example);
const facts = { name: '@onceover/connector-example', type: 'module', onceover: { connector: 'example' } };

const written = new AsyncDisposableStack();
afterAll(() => written.disposeAsync());

async function versionOf(version: string, manifestOfIt: object = manifest): Promise<LoadedConnector> {
  const { folder } = written.use(
    await writeConnectorFolder({ package: { ...facts, version }, manifest: manifestOfIt }),
  );
  return loadConnectorFolder(folder);
}

function wider(): object {
  return { ...manifest, egress: [...manifest.egress, 'https://other.example'] };
}

async function next(
  { store, keyring }: TestBroker,
  connectors: LoadedConnector[],
  mode: 'development' | 'production' = 'development',
): Promise<Broker> {
  return createBroker({ store, keyring, connectors, mode });
}

test('releases: a wider version is held while the old one keeps serving, until a person releases it', async () => {
  await using rig = await openTestBroker();
  const two = await next(rig, [rig.connector, await versionOf('2.0.0', wider())]);
  await two.connections.applyConfig({
    registrations: [],
    connections: [billing({ origin: rig.vendor.origin })],
  });
  const versionInUse = async () =>
    (await two.info('default', 'billing', 'orders.create')).connection.connector.version;
  expect(await versionInUse()).toBe('1.2.3');
  expect(await two.releases.list()).toMatchObject([
    { version: '1.2.3', state: 'released', reason: 'the first version' },
    {
      version: '2.0.0',
      state: 'held',
      reason: expect.stringMatching(/more than 1\.2\.3: host added: https:\/\/other/),
    },
  ]);
  const released = await two.releases.release({
    connector: 'example',
    version: '2.0.0',
    reason: 'files come from there',
    by: 'ada',
  });
  expect(released).toMatchObject({ state: 'released', decidedBy: 'ada' });
  await two.close();
  const again = await next(rig, [rig.connector, await versionOf('2.0.0', wider())]);
  expect((await again.info('default', 'billing', 'orders.create')).connection.connector.version).toBe(
    '2.0.0',
  );
  const entries = (await readTable(rig.database, 'audit_entries')).map(
    ({ kind, subject }) => `${kind} ${subject}`,
  );
  expect(entries).toContain('connector-held connectors/example/versions/2.0.0');
  expect(entries).toContain('connector-released connectors/example/versions/2.0.0');
  await again.close();
});

test('releases: where only the held version is there, its calls wait and say how to release it', async () => {
  await using rig = await openTestBroker();
  const alone = await next(rig, [await versionOf('2.0.0', wider())]);
  await expect(alone.info('default', 'billing', 'orders.create')).rejects.toMatchObject({
    code: 'connector_held',
    retry: 'later',
    message: expect.stringMatching(/onceover connectors release example 2\.0\.0 --reason/),
  });
  await alone.close();
});

test('releases: a version that may do no more serves at once', async () => {
  await using rig = await openTestBroker();
  const same = await next(rig, [rig.connector, await versionOf('1.2.4')]);
  expect((await same.info('default', 'billing', 'orders.create')).connection.connector.version).toBe('1.2.4');
  await same.close();
});

test('releases: tampered files under a released version are refused in production', async () => {
  await using rig = await openTestBroker();
  await using changed = await writeConnectorFolder({
    package: { ...facts, version: '1.2.3' },
    code: 'export const connector = undefined; // something else',
  });
  const { folder } = changed;
  const tampered = await loadConnectorFolder(folder);
  await expect(next(rig, [tampered], 'production')).rejects.toMatchObject({
    code: 'connector_changed',
    message: expect.stringMatching(/example 1\.2\.3 are not those that were released/),
  });
});

test('releases: what is not held cannot be released', async () => {
  await using rig = await openTestBroker();
  const release = (version: string) =>
    rig.broker.releases.release({ connector: 'example', version, reason: 'x', by: 'ada' });
  await expect(release('9.9.9')).rejects.toMatchObject({ code: 'connector_version_unknown' });
  await expect(release('1.2.3')).rejects.toMatchObject({ code: 'connector_version_released' });
});

test('releases: runners that start at once decide once', async () => {
  await using rig = await openTestBroker();
  const connectors = [rig.connector, await versionOf('2.0.0', wider())];
  const brokers = await Promise.all(Array.from({ length: 4 }, () => next(rig, connectors)));
  const kinds = (await readTable(rig.database, 'audit_entries')).filter(
    ({ kind }) => kind === 'connector-held',
  );
  expect(kinds).toHaveLength(1);
  await Promise.all(brokers.map((one) => one.close()));
});
