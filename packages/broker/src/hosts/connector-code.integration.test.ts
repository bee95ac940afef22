import { manifestOf } from '@onceover/contract';
import { openStore } from '@onceover/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import { createBroker } from '../create-broker.ts';
import { writeConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { connector as example } from '../testing/example-connector.fixture.ts';
import { openTestBroker, order, type TestBroker } from '../testing/open-test-broker.fixture.ts';

let kit: TestBroker;
beforeAll(async () => {
  kit = await openTestBroker();
});
afterAll(() => kit[Symbol.asyncDispose]());

/** Calls an operation of the same connection with other connector files. */
async function callWith(changes: Parameters<typeof writeConnectorFolder>[0], times = 1) {
  await using built = await writeConnectorFolder(changes);
  const broker = await createBroker({
    store: kit.store,
    keyring: kit.keyring,
    connectors: [await loadConnectorFolder(built.folder)],
    mode: 'development',
  });
  const replies = [];
  for (let index = 0; index < times; index += 1) {
    const call = { tenant: 'default', connection: 'billing', operation: 'orders.create' };
    const signal = AbortSignal.timeout(5000);
    replies.push((await broker.call({ ...call, mode: 'execute', records: [order('1')], signal })).reply);
  }
  await broker.close();
  return replies;
}

test('code that declares another manifest than its file is refused, each time', async () => {
  const { operations, ...rest } = manifestOf(example);
  const [first, ...others] = operations;
  const widened = { ...rest, operations: [{ ...first, timeoutMs: 19_999 }, ...others] };
  kit.vendor.requests.length = 0;
  for (const reply of await callWith({ manifest: widened }, 2)) {
    expect(reply).toMatchObject({
      kind: 'error',
      error: {
        class: 'ConfigurationError',
        code: 'manifest_differs',
        message: expect.stringContaining('pnpm bundle'),
      },
    });
  }
  expect(kit.vendor.requests).toEqual([]);
});

test('code that cannot be loaded is an error that says so', async () => {
  const [reply] = await callWith({ code: 'throw new Error("broken build");' });
  expect(reply).toMatchObject({
    kind: 'error',
    error: { code: 'connector_load', message: expect.stringContaining('broken build') },
  });
});

test('code that is no connector is refused', async () => {
  const [reply] = await callWith({ code: 'export const connector = { manifest: {} };' });
  expect(reply).toMatchObject({
    kind: 'error',
    error: { code: 'connector_load', message: expect.stringContaining('exports no connector') },
  });
});

test('an operation that throws is an error reply', async () => {
  const { reply } = await kit.call({ operation: 'code.misbehave', input: { how: 'throw' } });
  expect(reply).toMatchObject({
    kind: 'error',
    error: { code: 'unexpected', message: 'cannot read properties of undefined', retry: 'never' },
  });
});

test('an operation that hangs ends at its deadline', async () => {
  const { reply } = await kit.call({ operation: 'code.hang', input: { how: 'hang' } });
  expect(reply).toMatchObject({ kind: 'error', error: { code: 'host_deadline', retry: 'later' } });
});

test('an operation whose reply is too large is refused', async () => {
  const { reply } = await kit.call({ operation: 'code.misbehave', input: { how: 'huge' } });
  expect(reply).toMatchObject({ kind: 'error', error: { code: 'host_message' } });
});

test('an input that the operation does not take is a validation error', async () => {
  const { reply } = await kit.call({ operation: 'code.misbehave', input: { how: 'politely' } });
  expect(reply.kind).toBe('error');
});

test('an unknown connection or operation, or records for a read, are errors that name what there is', async () => {
  expect((await kit.call({ operation: 'orders.delete', input: {} })).reply).toMatchObject({
    error: { code: 'operation_unknown', message: expect.stringContaining('orders.create') },
  });
  expect(
    (await kit.call({ connection: 'nowhere', operation: 'orders.create', records: [] })).reply,
  ).toMatchObject({
    error: { code: 'connection_unknown' },
  });
  expect((await kit.call({ tenant: 'other', operation: 'orders.create', records: [] })).reply).toMatchObject({
    error: { code: 'connection_unknown' },
  });
  expect((await kit.call({ operation: 'probe.read', records: [] })).reply).toMatchObject({
    error: { class: 'ConfigurationError' },
  });
  await expect(kit.broker.info('default', 'billing', 'orders.delete')).rejects.toMatchObject({
    code: 'operation_unknown',
  });
});

test('info: a connection, its operation’s manifest and its class', async () => {
  const info = await kit.broker.info('default', 'billing', 'orders.create');
  expect(info).toMatchObject({
    connection: { id: 'billing', tenant: 'default', variables: { region: 'eu' } },
    manifest: { name: 'orders.create', batch: { max: 10 } },
    class: 'A',
  });
  expect((await kit.broker.info('default', 'billing', 'probe.read')).class).toBe('A');
});

test('a database that is away is nobody’s fault: the call may be made again later', async () => {
  const store = await openStore({ url: kit.database.url, applicationName: 'test' });
  const { keyring, connector } = kit;
  const broker = await createBroker({ store, keyring, connectors: [connector], mode: 'development' });
  await store.close();
  const call = {
    tenant: 'default',
    connection: 'billing',
    operation: 'orders.create',
    mode: 'execute',
  } as const;
  const result = await broker.call({ ...call, records: [order('1')], signal: AbortSignal.timeout(5000) });
  expect(result).toMatchObject({
    reply: { kind: 'error', error: { code: 'broker_failed', retry: 'later' } },
    write: { state: 'none' },
  });
  await broker.close();
});

test('normalize: each item has its events or its error', async () => {
  const result = await kit.broker.normalize({
    tenant: 'default',
    connector: 'example',
    trigger: 'events',
    items: [{ item: { id: 'a' } }, { item: { id: 'b', broken: true } }, { item: { id: 'c' }, record: null }],
    signal: AbortSignal.timeout(5000),
  });
  expect(result).toEqual({
    items: [
      { events: [{ type: 'billing.invoice-paid.v1', data: { id: 'a' } }] },
      { error: expect.objectContaining({ message: 'broken item' }) },
      { events: [{ type: 'billing.invoice-paid.v1', data: { id: 'c' } }] },
    ],
  });
});

test('normalize: an unknown trigger or connector is one error for all', async () => {
  const call = { tenant: 'default', items: [{ item: {} }], signal: AbortSignal.timeout(5000) };
  const trigger = await kit.broker.normalize({ ...call, connector: 'example', trigger: 'none' });
  const connector = await kit.broker.normalize({ ...call, connector: 'none', trigger: 'events' });
  expect(trigger).toMatchObject({ error: { class: 'ConfigurationError' } });
  expect(connector).toMatchObject({ error: { code: 'connector_not_loaded' } });
});
