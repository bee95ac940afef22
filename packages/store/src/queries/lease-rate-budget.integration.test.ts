import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from '../open-store.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { claimHookIds } from './claim-hook-ids.ts';
import { leaseRateBudget } from './lease-rate-budget.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore({ url: database.url, applicationName: 'test', maxConnections: 8 });
  await claimHookIds(
    store,
    ['crm', 'billing', 'support'].map((id) => ({ id, tenant: 'default', owner: 'connection' as const })),
  );
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

type LeaseRequest = Parameters<typeof leaseRateBudget>[1];

const request = {
  tenant: 'default',
  budget: '1s',
  capacity: 10,
  windowMs: 400,
  slotMs: 10,
  leaseMs: 20,
  need: 1,
  want: 4,
  back: null,
};
const lease = (owner: string, change: Partial<LeaseRequest> = {}) =>
  leaseRateBudget(store, { ...request, owner, ...change });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('a budget is granted until it is used up, and tells when there is more', async () => {
  const granted: number[] = [];
  for (let at = 0; at < 4; at += 1) granted.push((await lease('crm')).granted);
  expect(granted).toEqual([4, 4, 2, 0]);
  const { afterMs } = await lease('crm');
  expect(afterMs).toBeGreaterThan(200);
  expect(afterMs).toBeLessThanOrEqual(430);
  await pause(afterMs);
  expect((await lease('crm')).granted).toBe(4);
});

test('what was not used is there at once; less than is needed is not granted', async () => {
  const first = await lease('billing', { want: 10 });
  expect(first.granted).toBe(10);
  expect(await lease('billing', { back: { slot: first.slot, unused: 3 } })).toMatchObject({ granted: 3 });
  const again = await lease('billing', { back: { slot: first.slot, unused: 2 }, need: 3 });
  expect(again).toMatchObject({ granted: 0 });
  expect(await lease('billing', { need: 2 })).toMatchObject({ granted: 2 });
});

test('200 callers at once over eight sessions are never granted more than the window holds', async () => {
  const leases = await Promise.all(
    Array.from({ length: 200 }, () => lease('support', { windowMs: 60_000, want: 1 })),
  );
  expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(10);
});
