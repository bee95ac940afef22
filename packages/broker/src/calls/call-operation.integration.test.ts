import { setGrantedScopes } from '@onceover/store';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OperationCall, RenderedWrite } from '../call-types.ts';
import { hashOfWrite } from '../egress/render-write.ts';
import {
  accessToken,
  billing,
  openTestBroker,
  order,
  type TestBroker,
} from '../testing/open-test-broker.fixture.ts';
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
const seen = () => kit.vendor.requests.map(({ method, url }) => `${method} ${url}`);
const create = (call: Partial<OperationCall> = {}) =>
  kit.call({ operation: 'orders.create', records: [order('1')], ...call });
const written = (result: { write: object }) => (result.write as { write: RenderedWrite }).write;

describe('a write', () => {
  test('goes out once, with credential, version and idempotency key, and comes back as outcomes', async () => {
    answerOrders(['o-1']);
    const result = await create();
    expect(result.reply).toEqual({
      kind: 'written',
      outcomes: [{ outcome: 'created', vendorId: 'o-1' }],
    });
    expect(seen()).toEqual(['POST /orders/search', 'POST /orders']);
    expect(kit.vendor.requests[1]?.headers).toMatchObject({
      authorization: `Bearer ${accessToken}`,
      'api-version': '2026-11',
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{64}$/),
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
        idempotency: { header: 'Idempotency-Key', key: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    });
    expect(result.reads).toMatchObject([
      { method: 'POST', path: '/orders/search', answer: { status: 200, body: '{"found":[]}' } },
    ]);
  });

  test.each([
    ['a secret as short as a word', '{"ids":["o-1"],"signing":{"secret":"short"}}', 'withheld_too_short'],
    ['no JSON where a secret may be', 'whsec_0123456789abcdef', 'unexpected_answer'],
  ])('that is answered with %s was answered, and shows nothing of it', async (_name, body, code) => {
    kit.vendor.handle = ({ url }, response) =>
      void response.end(url === '/orders/search' ? '{"found":[]}' : body);
    const result = await create();
    expect(result.write).toMatchObject({ state: 'answered', answer: { status: 200, body: '' } });
    expect(result.reply).toMatchObject({ kind: 'error', error: { code } });
    expect(JSON.stringify([result, kit.logged])).not.toMatch(/whsec_|"short"/);
  });

  test('of several records carries one key for exactly this set of effects', async () => {
    answerOrders(['o-1', 'o-2']);
    const both = written(await create({ records: [order('1'), order('2')] })).idempotency?.key;
    const again = written(await create({ records: [order('1'), order('2')] })).idempotency?.key;
    const other = written(await create({ records: [order('1'), order('3')] })).idempotency?.key;
    expect(both).toMatch(/^[0-9a-f]{64}$/);
    expect(again).toBe(both);
    expect(other).not.toBe(both);
  });

  test('is reported before it is sent, after the reads that came before it', async () => {
    answerOrders(['o-1']);
    const order: string[] = [];
    const result = await create({
      hooks: {
        async beforeFirstRequest() {
          order.push(`first after ${kit.vendor.requests.length} requests`);
        },
        async beforeWrite(write, reads) {
          order.push(
            `${write.method} ${write.path} with ${reads.length} read after ${kit.vendor.requests.length} request`,
          );
        },
      },
    });
    expect(order).toEqual(['first after 0 requests', 'POST /orders with 1 read after 1 request']);
    expect(result.write.state).toBe('answered');
  });

  test('is not sent when its hook rejects, whatever the code makes of that', async () => {
    answerOrders(['o-1']);
    const result = await create({
      hooks: { beforeWrite: () => Promise.reject(new Error('the lane is lost')) },
    });
    expect(result.reply).toMatchObject({ kind: 'error', error: { message: 'the lane is lost' } });
    expect(result.write).toMatchObject({ state: 'withheld', write: { path: '/orders' } });
    expect(seen()).toEqual(['POST /orders/search']);
  });

  test('is not sent when its caller may not send it any more, though it is stored', async () => {
    answerOrders(['o-1']);
    const stored: string[] = [];
    const result = await create({
      hooks: {
        async beforeWrite(write) {
          stored.push(write.path);
        },
        mayStart() {
          throw new Error('the lane is lost');
        },
      },
    });
    expect(stored).toEqual(['/orders']);
    expect(result.write).toMatchObject({ state: 'unsent', write: { path: '/orders' } });
    expect(result.reply.kind).toBe('error');
    expect(seen()).toEqual(['POST /orders/search']);
  });

  test('has its credential before it is stored: what is stored goes out at once', async () => {
    const { credentials: _none, ...rest } = billing(kit.vendor);
    await kit.broker.connections.applyConfig({
      registrations: [],
      connections: [billing(kit.vendor), { ...rest, id: 'bare' }],
    });
    const stored: string[] = [];
    const { write } = await kit.call({
      connection: 'bare',
      operation: 'probe.write',
      records: [
        {
          record: { requests: [{ method: 'POST', path: '/orders', json: {} }] },
          naturalKey: 'p',
          effectKey: 'e',
        },
      ],
      hooks: {
        async beforeWrite({ path }) {
          stored.push(path);
        },
      },
    });
    expect(write).toMatchObject({ state: 'unsent', error: { code: 'no_credential' } });
    expect(stored).toEqual([]);
    expect(seen()).toEqual([]);
  });

  test('nothing goes out when the first hook rejects', async () => {
    const result = await create({
      hooks: { beforeFirstRequest: () => Promise.reject(new Error('the lease is too short')) },
    });
    expect(result.reply).toMatchObject({ kind: 'error', error: { message: 'the lease is too short' } });
    expect(result.write).toEqual({ state: 'none' });
    expect(seen()).toEqual([]);
  });

  test('is made once: a second one is refused', async () => {
    const body = { method: 'POST', path: '/orders', json: {} };
    const { reply, write } = await kit.call({
      operation: 'probe.write',
      records: [
        {
          record: { requests: [body, body, { method: 'PUT', path: '/orders/1', json: {} }] },
          naturalKey: 'p',
          effectKey: 'e',
        },
      ],
    });
    expect(seen()).toEqual(['POST /orders']);
    expect(write.state).toBe('answered');
    expect(JSON.stringify(reply).match(/second_write/g)).toHaveLength(2);
    expect(kit.counted.get('requests_refused example probe.write second_write')).toBe(2);
  });

  test('that the vendor says it repeated is marked as replayed', async () => {
    kit.vendor.handle = answerJson(500, { message: 'boom' }, { 'Idempotent-Replayed': 'true' });
    const { reply, write } = await kit.call({
      operation: 'probe.write',
      records: [
        {
          record: { requests: [{ method: 'POST', path: '/orders', json: {} }] },
          naturalKey: 'p',
          effectKey: 'e',
        },
      ],
    });
    expect(write).toMatchObject({ state: 'answered', replayed: true, answer: { status: 500 } });
    expect(reply.kind).toBe('written');
  });
});

describe('a plan', () => {
  test('reads, renders the write and withholds it', async () => {
    answerOrders(['o-1']);
    const result = await create({ mode: 'plan' });
    expect(seen()).toEqual(['POST /orders/search']);
    expect(result.write).toMatchObject({ state: 'withheld', write: { method: 'POST', path: '/orders' } });
    expect(result.reply).toMatchObject({ kind: 'error', error: { code: 'withheld' } });
    expect(result.reads).toHaveLength(1);
  });

  test('renders the same write as its execution', async () => {
    answerOrders(['o-1']);
    expect(written(await create({ mode: 'plan' }))).toEqual(written(await create()));
  });
});

describe('a resumed write', () => {
  test('goes out with the stored bytes and key, its reads answered from the recording', async () => {
    answerOrders(['o-1']);
    const planned = await create({ mode: 'plan' });
    kit.vendor.requests.length = 0;
    const write = written(planned);
    const result = await create({
      records: [{ ...order('1'), effectKey: 'another key' }],
      resume: { write, reads: planned.reads },
    });
    expect(seen()).toEqual(['POST /orders']);
    expect(kit.vendor.requests[0]?.body).toBe(write.body);
    expect(kit.vendor.requests[0]?.headers['idempotency-key']).toBe(write.idempotency?.key);
    expect(result).toMatchObject({ write: { state: 'answered', write }, reads: planned.reads });
  });

  test('goes out with the stored bytes also when the code renders something else', async () => {
    answerOrders(['o-1']);
    const planned = await create({ mode: 'plan' });
    kit.vendor.requests.length = 0;
    await create({
      records: [order('2', '99.00')],
      resume: { write: written(planned), reads: planned.reads },
    });
    // Another read than the recorded one goes to the vendor.
    expect(seen()).toEqual(['POST /orders/search', 'POST /orders']);
    expect(kit.vendor.requests[1]?.body).toBe(written(planned).body);
  });

  test.each([
    ['its body', { body: '{"orders":[]}' }, 'write_altered'],
    ['its path', { path: '/orders/1' }, 'write_altered'],
    ['its host', { origin: 'https://us.vendor.example' }, 'write_altered'],
  ])('is not sent when %s is not what was stored', async (_what, change, code) => {
    answerOrders(['o-1']);
    const planned = await create({ mode: 'plan' });
    kit.vendor.requests.length = 0;
    const result = await create({
      resume: { write: { ...written(planned), ...change }, reads: planned.reads },
    });
    expect(result.reply).toMatchObject({ kind: 'error', error: { code } });
    expect(seen()).toEqual([]);
  });
});

test('a stored write that the manifest no longer names is not sent', async () => {
  answerOrders(['o-1']);
  const planned = await create({ mode: 'plan' });
  kit.vendor.requests.length = 0;
  const { hash: _hash, ...content } = { ...written(planned), path: '/accounts' };
  const write = { ...content, hash: hashOfWrite(content) };
  const result = await create({ resume: { write, reads: planned.reads } });
  expect(result.reply).toMatchObject({ kind: 'error', error: { code: 'call_not_declared' } });
  expect(result.write).toEqual({ state: 'none' });
  expect(seen()).toEqual([]);
});

describe('a call that the manifest does not name', () => {
  test.each([
    [{ method: 'DELETE', path: '/orders/1' }, 'call_not_declared'],
    [{ method: 'GET', path: '/orders' }, 'call_not_declared'],
    [{ method: 'GET', path: '/orders/1/items' }, 'call_not_declared'],
    [{ method: 'POST', path: '/orders', json: {} }, 'call_not_declared'],
    [{ method: 'POST', path: '/Orders/search', json: {} }, 'call_not_declared'],
    [{ method: 'get', path: '/orders/1' }, 'call_not_declared'],
    [{ method: 'GET', path: '/orders/%2e%2e' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/..' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/../admin' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/a%2Fb' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/a%5Cb' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/a%252Fb' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/a\\b' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/1?a=b' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/1#x' }, 'path_unsafe'],
    [{ method: 'GET', path: '//evil.example/orders/1' }, 'path_unsafe'],
    [{ method: 'GET', path: 'http://evil.example/orders/1' }, 'path_unsafe'],
    [{ method: 'GET', path: '@evil.example/orders/1' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/1 HTTP/1.1\r\nX: y' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/%00' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/%' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/é' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders//1' }, 'path_unsafe'],
    [{ method: 'GET', path: '' }, 'path_unsafe'],
    [{ method: 'GET', path: '/orders/1', json: { a: 1 } }, 'request_malformed'],
    [{ method: 'CONNECT', path: '/orders/1' }, 'call_not_declared'],
    [{ method: 'GET /x HTTP/1.1', path: '/orders/1' }, 'call_not_declared'],
    [{ method: 'X'.repeat(40), path: '/orders/1' }, 'host_callback'],
    [{ method: 'GET', path: `/orders/${'a'.repeat(9000)}` }, 'host_callback'],
  ])('%j is refused before a socket opens', async (request, code) => {
    expect(await kit.probe([request])).toMatchObject([{ code }]);
    expect(seen()).toEqual([]);
  });

  test('names what was asked and is counted', async () => {
    const before = kit.counted.get('requests_refused example probe.read call_not_declared') ?? 0;
    expect(await kit.probe([{ method: 'GET', path: '/accounts' }])).toMatchObject([
      { message: 'GET /accounts is not among the calls of probe.read in the manifest of example' },
    ]);
    expect(kit.counted.get('requests_refused example probe.read call_not_declared')).toBe(before + 1);
  });
});

describe('a header that is not the operation’s', () => {
  test.each([
    ['Authorization', 'Bearer stolen'],
    ['authorization', 'x'],
    ['AUTHORIZATION', 'x'],
    ['Host', 'evil.example'],
    ['Api-Version', '1999-01'],
    ['api-version', '1999-01'],
    ['Cookie', 'a=b'],
    ['Content-Length', '0'],
    ['Content-Type', 'text/plain'],
    ['Transfer-Encoding', 'chunked'],
    ['Connection', 'close'],
    ['Expect', '100-continue'],
    ['Upgrade', 'h2c'],
    ['Proxy-Authorization', 'x'],
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-HTTP-Method-Override', 'DELETE'],
    ['X-Original-URL', '/admin'],
    ['Idempotency-Key', 'x'],
    ['X-Other', 'x'],
    ['X-Trace\r\nAuthorization', 'x'],
    ['X-Trace ', 'x'],
    ['', 'x'],
  ])('%j is refused', async (name, value) => {
    const headers = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as object;
    expect(await kit.probe([{ method: 'GET', path: '/orders/1', headers }])).toMatchObject([
      { code: 'header_not_allowed' },
    ]);
    expect(seen()).toEqual([]);
  });

  test.each(['a\r\nAuthorization: x', 'a\nb', 'a\u0000b', 'é', 'x'.repeat(9000)])(
    'a value %j is refused',
    async (value) => {
      const request = { method: 'GET', path: '/orders/1', headers: { 'X-Trace': value } };
      expect(await kit.probe([request])).toMatchObject([{ code: 'request_malformed' }]);
      expect(seen()).toEqual([]);
    },
  );

  test('one name in two spellings is refused', async () => {
    const request = { method: 'GET', path: '/orders/1', headers: { 'X-Trace': 'a', 'x-trace': 'b' } };
    expect(await kit.probe([request])).toMatchObject([{ code: 'request_malformed' }]);
  });

  test('the idempotency header is the broker’s, even when the manifest names it', async () => {
    const request = { method: 'POST', path: '/orders', json: {}, headers: { 'Idempotency-Key': 'mine' } };
    const { reply } = await kit.call({
      operation: 'probe.write',
      records: [{ record: { requests: [request] }, naturalKey: 'p', effectKey: 'e' }],
    });
    expect(JSON.stringify(reply)).toContain('header_not_allowed');
    expect(seen()).toEqual([]);
  });

  test('one that the manifest names is sent', async () => {
    const request = { method: 'GET', path: '/orders/1', headers: { 'X-Trace': 't-1' } };
    expect(await kit.probe([request])).toMatchObject([{ status: 200 }]);
    expect(kit.vendor.requests[0]?.headers['x-trace']).toBe('t-1');
  });
});

test('a query goes out as it was encoded', async () => {
  await kit.probe([{ method: 'GET', path: '/orders/1', query: { a: ['1', '2'], b: 'x y&z#?' } }]);
  expect(kit.vendor.requests[0]?.url).toBe('/orders/1?a=1&a=2&b=x+y%26z%23%3F');
});

test('a refused call is logged with whose it was, and nothing that was logged or answered holds the credential', async () => {
  kit.vendor.handle = (request, response) =>
    answerJson(500, { message: `bad token ${request.headers.authorization}` })(request, response);
  const results = [
    await create(),
    await kit.call({ operation: 'probe.read', input: { requests: [{ method: 'PUT', path: '/x' }] } }),
    await kit.call({ operation: 'probe.read', input: { requests: [{ method: 'GET', path: '/orders/1' }] } }),
  ];
  expect(JSON.stringify(results)).toContain('bad token Bearer [redacted]');
  expect(kit.logged.map((line) => JSON.parse(line) as object)).toContainEqual(
    expect.objectContaining({ connection: 'billing', tenant: 'default', code: 'call_not_declared' }),
  );
  expect(JSON.stringify(results) + kit.logged.join()).not.toContain(accessToken);
});

describe('granted scopes', () => {
  test('that do not cover the operation refuse its calls before a socket opens', async () => {
    const connections = [billing(kit.vendor), { ...billing(kit.vendor), id: 'narrow' }];
    await kit.broker.connections.applyConfig({ registrations: [], connections });
    await setGrantedScopes(kit.store, { tenant: 'default', id: 'narrow', scopes: ['orders.read'] });
    const result = await create({ connection: 'narrow' });
    expect(result.reply).toMatchObject({
      kind: 'error',
      error: {
        class: 'ScopeError',
        code: 'scope_not_granted',
        required: ['orders.read', 'orders.write'],
        granted: ['orders.read'],
      },
    });
    expect(seen()).toEqual([]);
    const allowed = await kit.call({
      connection: 'narrow',
      operation: 'probe.read',
      input: { requests: [{ method: 'GET', path: '/orders/1' }] },
    });
    expect(allowed.reply).toMatchObject({ kind: 'read', output: [{ status: 200 }] });
  });
});

test.each([
  ['a write that comes too fast was not done', 429, true],
  ['a read that comes too fast after the write says nothing of the write', 200, false],
])('%s', async (_what, status, tooFast) => {
  // Of its own: the vendor asks for a pause.
  await using own = await openTestBroker();
  own.vendor.handle = (request, response) =>
    answerJson(request.method === 'POST' ? status : 429, {})(request, response);
  const write = { method: 'POST', path: '/orders', json: {} };
  const record = { requests: [write, { method: 'GET', path: '/orders/1' }] };
  const records = [{ record, naturalKey: 'p', effectKey: 'e' }];
  const done = await own.call({ operation: 'probe.write', records });
  expect(done.write).toMatchObject({ state: 'answered', answer: { status }, tooFast });
});
