import { findLinks, saveProgress } from '@onceover/store';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestBroker, order, type TestBroker } from '../testing/open-test-broker.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';

let kit: TestBroker;
beforeAll(async () => {
  kit = await openTestBroker();
});
afterAll(() => kit[Symbol.asyncDispose]());
beforeEach(() => {
  kit.vendor.requests.length = 0;
});

const lookup = (records = [order('1'), order('2')]) =>
  kit.broker.lookup({
    tenant: 'default',
    connection: 'billing',
    operation: 'orders.create',
    records,
    signal: AbortSignal.timeout(5000),
  });

test('lookup: finds what became of records, by reads alone', async () => {
  kit.vendor.handle = answerJson(200, { ids: ['o-1', null] });
  expect(await lookup()).toEqual({ vendorIds: ['o-1', null] });
  expect(kit.vendor.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /orders/search']);
  expect(JSON.parse(kit.vendor.requests[0]?.body ?? '')).toEqual({ externalIds: ['effect-1', 'effect-2'] });
});

test('lookup: a vendor’s failure, or an answer for other records, is an error', async () => {
  kit.vendor.handle = answerJson(503, { message: 'maintenance' });
  expect(await lookup()).toMatchObject({
    error: { class: 'UpstreamError', code: 'http_503', retry: 'later' },
  });
  kit.vendor.handle = answerJson(200, { ids: ['o-1'] });
  expect(await lookup()).toMatchObject({ error: { code: 'outcome_count' } });
});

test('links: those of this connection and resource are offered to the operation', async () => {
  const link = (
    tenant: string,
    connection: string,
    resource: string,
    natural_key: string,
    vendor_id: string,
  ) => ({
    tenant,
    connection,
    resource,
    natural_key,
    vendor_id,
  });
  await saveProgress(kit.store, {
    links: [
      link('default', 'billing', 'order', '1', 'known-1'),
      link('other', 'billing', 'order', '2', 'of another tenant'),
      link('default', 'crm', 'order', '2', 'of another connection'),
      link('default', 'billing', 'customer', '2', 'of another resource'),
    ],
  });
  kit.vendor.handle = answerJson(200, { ids: ['a', 'b'] });
  await kit.call({ operation: 'orders.create', records: [order('1'), order('2')] });
  const body = JSON.parse(kit.vendor.requests[1]?.body ?? '') as { orders: { id: string | null }[] };
  expect(body.orders.map(({ id }) => id)).toEqual(['known-1', null]);
  const found = await findLinks(kit.store, {
    tenant: 'default',
    connection: 'billing',
    resource: 'order',
    keys: ['1', '2'],
  });
  expect([...found]).toEqual([['1', 'known-1']]);
});
