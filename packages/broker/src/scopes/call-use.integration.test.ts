import { listCallUse, openStore, type Store } from '@onceover/store';
import { createTestDatabase, type TestDatabase } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CallUse, createCallUseRecorder } from './call-use.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore({ url: database.url, applicationName: 'test' });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const warned: string[] = [];
const log = { warn: (_fields: object, message: string) => void warned.push(message) };

function use(facts: Partial<CallUse> = {}): CallUse {
  return {
    tenant: 'default',
    connection: 'billing',
    connector: 'example',
    connectorVersion: '1.0.0',
    operation: 'orders.create',
    call: 'POST /orders',
    refusal: null,
    ...facts,
  };
}

test('call use: calls are counted by place and outcome, over flushes, recorders and tenants', async () => {
  const [one, two] = [createCallUseRecorder({ store, log }), createCallUseRecorder({ store, log })];
  for (let index = 0; index < 5; index += 1) one.note(use());
  one.note(use({ call: 'DELETE /orders/1', refusal: 'call_not_declared' }));
  two.note(use());
  two.note(use({ tenant: 'acme', connection: 'acme-billing' }));
  await Promise.all([one.flush(), two.close()]);
  one.note(use());
  await one.close();
  expect(await listCallUse(store, { connector: 'example', tenant: 'default' })).toMatchObject([
    { call: 'DELETE /orders/1', refusal: 'call_not_declared', count: 1 },
    { call: 'POST /orders', refusal: '', count: 7, connection: 'billing', connector_version: '1.0.0' },
  ]);
  expect(await listCallUse(store, { connector: 'example', tenant: null })).toHaveLength(3);
});

test('call use: a connector that asks for ever other paths fills neither memory nor table', async () => {
  const recorder = createCallUseRecorder({ store, log });
  for (let index = 0; index < 5000; index += 1) {
    recorder.note(use({ connector: 'flood', call: `GET /${index}`, refusal: 'call_not_declared' }));
  }
  recorder.note(use({ connector: 'flood' }));
  recorder.note(use({ connector: 'flood', call: `GET /\0${'x'.repeat(10_000)}`, refusal: 'path_unsafe' }));
  await recorder.close();
  const rows = await listCallUse(store, { connector: 'flood', tenant: null });
  expect(rows).toHaveLength(2003);
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(5002);
  expect(Math.max(...rows.map(({ call }) => call.length))).toBeLessThanOrEqual(200);
});

test('call use: what could not be stored is kept for the next time', async () => {
  const lost = await openStore({ url: database.url, applicationName: 'test' });
  const recorder = createCallUseRecorder({ store: lost, log });
  await lost.close();
  recorder.note(use({ connector: 'kept' }));
  await recorder.close();
  expect(warned.at(-1)).toMatch(/kept for the next time/);
  expect(await listCallUse(store, { connector: 'kept', tenant: null })).toEqual([]);
});
