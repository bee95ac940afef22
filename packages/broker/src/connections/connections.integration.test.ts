import { randomUUID } from 'node:crypto';
import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, readTable, type TestDatabase } from '@onceover/store/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LoadedConnector } from '../call-types.ts';
import { type Broker, createBroker } from '../create-broker.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../ports.ts';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { type ConnectorFolder, writeConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { testKeyring } from '../testing/open-test-broker.fixture.ts';
import type { ConnectionConfig, RegistrationConfig } from './connection-config.ts';

let database: TestDatabase;
let store: Store;
let built: ConnectorFolder;
let connector: LoadedConnector;
let keyring: Keyring;
let now: number;
const clock: Clock = { now: () => new Date(now), monotonicMs: () => now };
let brokers: Broker[];

beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore({ url: database.url, applicationName: 'test' });
  built = await writeConnectorFolder();
  connector = await loadConnectorFolder(built.folder);
  keyring = testKeyring();
  brokers = [];
  now = Date.parse('2026-11-24T10:00:00Z');
});
afterAll(async () => {
  for (const broker of brokers) await broker.close();
  await store.close();
  await database.drop();
  await built[Symbol.asyncDispose]();
});

async function open(mode: 'development' | 'production' = 'development'): Promise<Broker> {
  const broker = await createBroker({
    store,
    keyring,
    connectors: [connector],
    mode,
    clock,
    cacheTtlMs: 5000,
  });
  brokers.push(broker);
  return broker;
}

// Ids never come back to another kind or tenant: each test has its own.
let suffix: string;
beforeEach(() => {
  suffix = randomUUID().slice(0, 8);
});
const registration = (changes: Partial<RegistrationConfig> = {}): RegistrationConfig => ({
  id: `app-${suffix}`,
  connector: 'example',
  clientId: 'client',
  ...changes,
});
const connection = (changes: Partial<ConnectionConfig> = {}): ConnectionConfig => ({
  id: `billing-${suffix}`,
  connector: 'example',
  owner: 'finance',
  variables: { region: 'eu' },
  ...changes,
});
const leaves = async () => readTable(database, 'audit_entries');
const mine = async () => (await leaves()).filter(({ subject }) => String(subject).endsWith(suffix));

describe('applyConfig', () => {
  test('stores connections and registrations, and writes what changed to the audit log', async () => {
    const { connections } = await open();
    const config = {
      registrations: [
        registration({ clientSecret: 'canary-client', webhookSecret: ['canary-new', 'canary-old'] }),
      ],
      connections: [
        connection({
          registration: `app-${suffix}`,
          account: `acct-${suffix}`,
          identity: 'onceover-billing',
          tenant: 'acme',
          credentials: { accessToken: 'canary-token' },
        }),
      ],
    };
    expect(await connections.applyConfig(config)).toEqual({ changed: 5 });
    expect(await connections.get('acme', `billing-${suffix}`)).toEqual({
      tenant: 'acme',
      id: `billing-${suffix}`,
      connector,
      account: `acct-${suffix}`,
      identity: 'onceover-billing',
      registration: `app-${suffix}`,
      variables: { region: 'eu' },
    });
    expect((await mine()).map(({ kind, tenant }) => `${String(tenant)} ${String(kind)}`).sort()).toEqual([
      'acme connection-configured',
      'acme secret-stored',
      'default registration-configured',
      'default secret-stored',
      'default secret-stored',
    ]);
    expect(JSON.stringify(await leaves())).not.toContain('canary');
    // The same again changes nothing, and says nothing.
    expect(await connections.applyConfig(config)).toEqual({ changed: 0 });
    expect(await mine()).toHaveLength(5);
  });

  test('keeps no secret in the database but sealed', async () => {
    const { connections } = await open();
    await connections.applyConfig({
      registrations: [registration({ clientSecret: 'canary-client' })],
      connections: [
        connection({ credentials: { accessToken: 'canary-token' }, webhookSecret: 'canary-hook' }),
      ],
    });
    const tables = [
      'registrations',
      'connections',
      'secret_versions',
      'database_keys',
      'audit_entries',
      'audit_leaves',
    ];
    const rows = await Promise.all(tables.map((table) => readTable(database, table)));
    const values = rows.flat().flatMap((row) => Object.values(row));
    const dump = values
      .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)))
      .join('\n');
    expect(dump).toContain(`billing-${suffix}`);
    for (const form of [
      'canary',
      Buffer.from('canary').toString('hex'),
      Buffer.from('canary').toString('base64'),
    ]) {
      expect(dump).not.toContain(form);
    }
  });

  test('a secret is stored as a version only when it changed', async () => {
    const { connections, vault } = await open();
    const id = `app-${suffix}`;
    const owner = { kind: 'registration', id, tenant: 'default', connector: 'example' } as const;
    const states = async () =>
      (await vault.versions(owner, 'webhookSecret')).map(({ version, state }) => `${version} ${state}`);
    const apply = (webhookSecret?: string | string[]) =>
      connections.applyConfig({ registrations: [registration({ webhookSecret })], connections: [] });
    const held = async () => (await vault.get(owner, 'webhookSecret')).map((secret) => secret.reveal());

    await apply('one');
    await apply('one');
    expect(await states()).toEqual(['1 current']);
    await apply(['two', 'one']);
    expect(await states()).toEqual(['2 current', '1 previous']);
    expect(await held()).toEqual(['two', 'one']);
    await apply(['two', 'one']);
    expect(await states()).toEqual(['2 current', '1 previous']);
    await apply('two');
    expect(await states()).toEqual(['2 current', '1 retired']);
    // An old value that comes back is the old version.
    await apply('one');
    expect(await states()).toEqual(['2 retired', '1 current']);
    await apply();
    expect(await states()).toEqual(['2 retired', '1 retired']);
    expect(await held()).toEqual([]);
  });

  test('a connection that gets another connector gets its secrets sealed for that one', async () => {
    await using other = await writeConnectorFolder({
      package: {
        name: 'other',
        version: '1.0.0',
        onceover: { connector: 'other' },
      },
      manifest: { ...connector.manifest, id: 'other' },
    });
    const broker = await createBroker({
      store,
      keyring,
      connectors: [connector, await loadConnectorFolder(other.folder)],
      mode: 'development',
    });
    brokers.push(broker);
    const id = `billing-${suffix}`;
    for (const name of ['example', 'other']) {
      const credentials = { accessToken: 'the-same-token' };
      await broker.connections.applyConfig({
        registrations: [],
        connections: [connection({ connector: name, credentials })],
      });
      const owner = { kind: 'connection', id, tenant: 'default', connector: name } as const;
      expect((await broker.vault.get(owner, 'accessToken')).map((secret) => secret.reveal())).toEqual([
        'the-same-token',
      ]);
    }
  });

  test('what the config no longer names is out of use, and comes back when it names it again', async () => {
    const { connections } = await open();
    const config = { registrations: [registration()], connections: [connection()] };
    await connections.applyConfig(config);
    await connections.applyConfig({ registrations: [], connections: [] });
    expect(await connections.get('default', `billing-${suffix}`)).toBeUndefined();
    expect(await connections.byHook(`billing-${suffix}`)).toBeUndefined();
    expect(await connections.byHook(`app-${suffix}`)).toBeUndefined();
    expect((await mine()).map(({ kind }) => String(kind)).sort()).toEqual([
      'connection-configured',
      'connection-removed',
      'registration-configured',
      'registration-removed',
    ]);
    await connections.applyConfig(config);
    expect(await connections.get('default', `billing-${suffix}`)).toBeDefined();
  });

  test('an id stays with its tenant and its kind', async () => {
    const { connections } = await open();
    await connections.applyConfig({ registrations: [], connections: [connection()] });
    await expect(
      connections.applyConfig({ registrations: [], connections: [connection({ tenant: 'acme' })] }),
    ).rejects.toMatchObject({ code: 'id_taken' });
    await expect(
      connections.applyConfig({
        registrations: [registration({ id: `billing-${suffix}` })],
        connections: [],
      }),
    ).rejects.toMatchObject({ code: 'id_taken', message: expect.stringContaining('connection') });
    expect(await connections.get('default', `billing-${suffix}`)).toBeDefined();
  });

  test('two connections of one account at a registration are refused, and nothing is stored', async () => {
    const { connections } = await open();
    const shared = { registration: `app-${suffix}`, account: 'acct' };
    await expect(
      connections.applyConfig({
        registrations: [registration()],
        connections: [connection(shared), connection({ ...shared, id: `second-${suffix}` })],
      }),
    ).rejects.toMatchObject({ code: 'account_taken', message: expect.stringContaining('"acct"') });
    expect(await connections.byHook(`app-${suffix}`)).toBeUndefined();
  });

  test('runners that start at once with one config do not disturb each other', async () => {
    const all = await Promise.all([open(), open(), open(), open()]);
    const config = {
      registrations: [registration({ clientSecret: 'secret-client' })],
      connections: [
        connection({ credentials: { accessToken: 'secret-token' } }),
        connection({ id: `b-${suffix}` }),
      ],
    };
    const results = await Promise.all(all.map(({ connections }) => connections.applyConfig(config)));
    expect(results.filter(({ changed }) => changed > 0)).toHaveLength(1);
    expect(await mine()).toHaveLength(5);
  });

  describe('refuses with the place in the config', () => {
    test.each<[string, Partial<ConnectionConfig>, string, RegExp]>([
      ['an unknown connector', { connector: 'none' }, '/connections/0', /connector none is not loaded/],
      [
        'a version that is not loaded',
        { version: '9.9.9' },
        '/connections/0',
        /example 9\.9\.9 is not loaded/,
      ],
      ['an unknown registration', { registration: 'none' }, '/connections/0/registration', /no registration/],
      ['a missing variable', { variables: {} }, '/connections/0/variables/region', /is missing/],
      [
        'an unknown variable',
        { variables: { region: 'eu', x: '1' } },
        '/connections/0/variables/x',
        /no variable/,
      ],
      [
        'a value that the pattern refuses',
        { variables: { region: 'eu1' } },
        '/connections/0/variables/region',
        /must match/,
      ],
      ['an origin that is not loopback', { origin: 'http://10.0.0.1' }, '/connections/0/origin', /loopback/],
      [
        'a token that no header carries',
        { credentials: { accessToken: 'canary\nX: y' } },
        '/connections/0/credentials/accessToken',
        /no header can carry/,
      ],
    ])('%s', async (_what, change, path, message) => {
      const { connections } = await open();
      const refused = connections.applyConfig({ registrations: [], connections: [connection(change)] });
      await expect(refused).rejects.toMatchObject({ path, message: expect.stringMatching(message) });
      await expect(refused).rejects.not.toThrow(/canary/);
    });

    test('an id that is used twice', async () => {
      const { connections } = await open();
      const id = `billing-${suffix}`;
      await expect(
        connections.applyConfig({ registrations: [registration({ id })], connections: [connection({ id })] }),
      ).rejects.toMatchObject({ path: '/connections/0/id', message: expect.stringContaining('used twice') });
    });

    test.each<[string, Partial<ConnectionConfig>]>([
      ['/connections/0/origin', { origin: 'http://127.0.0.1:1' }],
      ['/connections/0/credentials', { credentials: { accessToken: 'x' } }],
      ['/connections/0/webhookSecret', { webhookSecret: 'x' }],
    ])('in production: %s', async (path, change) => {
      const { connections } = await open('production');
      await expect(
        connections.applyConfig({ registrations: [], connections: [connection(change)] }),
      ).rejects.toMatchObject({ path });
    });
  });
});

describe('reading', () => {
  test('another tenant’s connection is not there', async () => {
    const { connections } = await open();
    await connections.applyConfig({ registrations: [], connections: [connection({ tenant: 'acme' })] });
    expect(await connections.get('default', `billing-${suffix}`)).toBeUndefined();
    expect(await connections.get('acme', `billing-${suffix}`)).toBeDefined();
  });

  test('a hook names a connection or a registration; an account its connection', async () => {
    const { connections } = await open();
    const shared = { registration: `app-${suffix}` };
    await connections.applyConfig({
      registrations: [registration({ appId: 'app-1' })],
      connections: [
        connection({ ...shared, account: 'a', tenant: 'acme' }),
        connection({ ...shared, account: 'b', id: `second-${suffix}` }),
      ],
    });
    expect(await connections.byHook(`billing-${suffix}`)).toMatchObject({
      kind: 'connection',
      connection: { id: `billing-${suffix}`, tenant: 'acme' },
    });
    expect(await connections.byHook(`app-${suffix}`)).toEqual({
      kind: 'registration',
      registration: { id: `app-${suffix}`, connector, clientId: 'client', appId: 'app-1' },
    });
    expect(await connections.byHook('nobody')).toBeUndefined();
    expect(await connections.byAccount(`app-${suffix}`, 'a')).toMatchObject({ tenant: 'acme' });
    expect(await connections.byAccount(`app-${suffix}`, 'b')).toMatchObject({ id: `second-${suffix}` });
    expect(await connections.byAccount(`app-${suffix}`, 'c')).toBeUndefined();
  });

  test('the hot path asks the database once, until what it knows is too old', async () => {
    const changing = await open();
    const reading = await open();
    const id = `billing-${suffix}`;
    await changing.connections.applyConfig({
      registrations: [],
      connections: [connection({ account: 'one' })],
    });
    expect((await reading.connections.get('default', id))?.account).toBe('one');
    await changing.connections.applyConfig({
      registrations: [],
      connections: [connection({ account: 'two' })],
    });
    expect((await changing.connections.get('default', id))?.account).toBe('two');
    expect((await reading.connections.get('default', id))?.account).toBe('one');
    now += 5000;
    expect((await reading.connections.get('default', id))?.account).toBe('two');
  });
});
