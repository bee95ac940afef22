import { defineFlow, kpi } from '@onceover/automation';
import { billing, crm } from '@onceover/contract';
import { openStore, type Store } from '@onceover/store';
import { createTestDatabase, readTable, type TestDatabase } from '@onceover/store/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRuntime, type Runtime } from './runtime.ts';
import { createFakeBroker, createVendor, type FakeVendor } from './testing/fake-broker.ts';
import { hostAutomation } from './testing/host-automation.ts';

let database: TestDatabase;
let store: Store;
let runtime: Runtime;
let vendor: FakeVendor;

const flow = defineFlow({
  id: 'invoice-paid',
  version: 1,
  on: billing.invoicePaid,
  owner: 'revenue-operations',
  runbook: './runbook.md',
  tier: 'revenue',
  kpi: kpi.duration('payment to CRM', { from: 'event.time', to: 'step.contact' }),
  orderBy: ({ event }) => event.data.customer.email,
}).step('contact', crm.contacts.upsert, ({ event }) => ({
  connection: 'crm',
  records: [{ email: event.data.customer.email }],
}));

beforeEach(async () => {
  database = await createTestDatabase();
  store = await openStore({ url: database.url, applicationName: 'test' });
  vendor = createVendor();
  runtime = await createRuntime({
    store,
    broker: createFakeBroker({
      vendor,
      operations: [{ name: 'contacts.upsert', implements: 'crm.contacts.upsert' }],
    }),
    connectors: [],
    environment: 'test',
    automations: [await hostAutomation('example', { flow })],
    log: { debug() {}, info() {}, warn: console.warn, error: console.error },
  });
});
afterEach(async () => {
  await runtime.stop({ timeoutMs: 1000 });
  await store.close();
  await database.drop();
});

it('an accepted event becomes a run and an effect', async () => {
  await runtime.start();
  const answer = await runtime.acceptEvents({
    tenant: 'default',
    envelopes: [
      {
        specversion: '1.0',
        id: 'a1',
        source: '/tests',
        type: 'billing.invoice-paid.v1',
        data: billing.invoicePaid.example,
      },
    ],
  });
  expect(answer).toEqual({ events: [{ id: 'a1', source: '/tests', duplicate: false }] });
  await expect.poll(() => readTable(database, 'runs')).toMatchObject([{ status: 'succeeded' }]);
  expect(vendor.sent).toHaveLength(1);
  expect(await readTable(database, 'effects')).toMatchObject([{ outcome: 'created', vendor_id: 'v1' }]);
  expect(await readTable(database, 'lanes')).toEqual([]);
  expect(await readTable(database, 'links')).toHaveLength(1);
});
