import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accessToken, openTestBroker, order, type TestBroker } from '../testing/open-test-broker.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';

let kit: TestBroker;
beforeAll(async () => {
  kit = await openTestBroker();
});
afterAll(() => kit[Symbol.asyncDispose]());
beforeEach(() => {
  kit.vendor.requests.length = 0;
  kit.vendor.handle = answerJson(200, {});
});

const answerOrders = (ids: readonly string[]) => {
  kit.vendor.handle = (request, response) =>
    answerJson(200, request.url === '/orders/search' ? { found: [] } : { ids })(request, response);
};

test('call: a write goes out once, with credential, version and idempotency key, and comes back as outcomes', async () => {
  answerOrders(['o-1']);
  const result = await kit.call({ operation: 'orders.create', records: [order('1')] });
  expect(result.reply).toEqual({ kind: 'written', outcomes: [{ outcome: 'created', vendorId: 'o-1' }] });
  expect(kit.vendor.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /orders/search',
    'POST /orders',
  ]);
  expect(kit.vendor.requests[1]?.headers).toMatchObject({
    authorization: `Bearer ${accessToken}`,
    'api-version': '2026-11',
    'idempotency-key': 'effect-1',
    'content-type': 'application/json',
  });
  expect(kit.vendor.requests[0]?.headers['idempotency-key']).toBeUndefined();
  expect(result.write).toMatchObject({
    state: 'answered',
    replayed: false,
    answer: { status: 200, body: '{"ids":["o-1"]}' },
    write: {
      method: 'POST',
      origin: 'https://eu.vendor.example',
      path: '/orders',
      template: 'POST /orders',
      idempotency: { header: 'Idempotency-Key', key: 'effect-1' },
    },
  });
  expect(result.reads).toHaveLength(1);
});
