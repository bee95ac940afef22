import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { accessToken, openTestBroker, type TestBroker } from '../testing/open-test-broker.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';

/** What a vendor, or the way to it, can do to a call; seen through the broker, at a real server. */

let kit: TestBroker;
beforeAll(async () => {
  kit = await openTestBroker({
    limits: {
      maxAnswerBytes: 64 * 1024,
      headersTimeoutMs: 1000,
      bodyTimeoutMs: 1000,
      connectTimeoutMs: 1000,
    },
    // One connection meets every fault here: its breaker must not open.
    gateLimits: { fewestFailures: Number.POSITIVE_INFINITY },
  });
});
afterAll(() => kit[Symbol.asyncDispose]());
beforeEach(() => {
  kit.vendor.requests.length = 0;
  kit.vendor.handle = answerJson(200, {});
});

const oneWrite = [
  { record: { requests: [{ method: 'POST', path: '/orders', json: {} }] }, naturalKey: 'p', effectKey: 'e' },
];
const write = (operation = 'probe.write') => kit.call({ operation, records: oneWrite });
const read = () => kit.probe([{ method: 'GET', path: '/orders/1' }]);

describe('a write that was sent and not answered in full is lost', () => {
  test('the connection breaks before an answer', async () => {
    kit.vendor.handle = (_request, response) => void response.socket?.destroy();
    const { write: report, reply } = await write();
    expect(report).toMatchObject({
      state: 'lost',
      write: { path: '/orders' },
      error: { class: 'OutcomeUnknownError', code: 'connection_lost' },
    });
    expect(reply).toMatchObject({ kind: 'error', error: { class: 'OutcomeUnknownError' } });
    expect(kit.vendor.requests).toHaveLength(1);
  });

  test('the answer stops half-way through its body', async () => {
    kit.vendor.handle = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"id":', () => response.socket?.destroy());
    };
    expect((await write()).write).toMatchObject({ state: 'lost', error: { code: 'connection_lost' } });
  });

  test('a chunked answer ends without its last chunk', async () => {
    kit.vendor.handle = (_request, response) => {
      response.writeHead(200);
      response.write('{"id":"1"}', () => response.socket?.destroy());
    };
    expect((await write()).write).toMatchObject({ state: 'lost', error: { code: 'connection_lost' } });
  });

  test('headers never come', async () => {
    kit.vendor.handle = () => {};
    expect((await write()).write).toMatchObject({ state: 'lost', error: { code: 'headers_timeout' } });
  });

  test('the body stands still', async () => {
    kit.vendor.handle = (_request, response) => void response.writeHead(200).write('{');
    expect((await write()).write).toMatchObject({ state: 'lost', error: { code: 'body_timeout' } });
  });

  test('the body drips, until the operation’s time is over', async () => {
    kit.vendor.handle = (_request, response) => {
      response.writeHead(200).write('[');
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    };
    expect((await write('probe.brief')).write).toMatchObject({ state: 'lost', error: { code: 'timeout' } });
  });

  test('the caller gives up while it is on its way', async () => {
    const caller = new AbortController();
    kit.vendor.handle = () => caller.abort();
    const { write: report } = await kit.call({
      operation: 'probe.write',
      records: oneWrite,
      signal: caller.signal,
    });
    expect(report).toMatchObject({ state: 'lost', error: { code: 'aborted' } });
  });

  test('the answer is larger than the cap', async () => {
    kit.vendor.handle = answerJson(200, { text: 'x'.repeat(70_000) });
    expect((await write()).write).toMatchObject({ state: 'lost', error: { code: 'response_too_large' } });
  });

  test('the answer is small and inflates beyond the cap', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(64 * 1024);
    kit.vendor.handle = (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    expect((await write()).write).toMatchObject({ state: 'lost', error: { code: 'response_too_large' } });
  });

  test('the answer is not what its encoding says', async () => {
    kit.vendor.handle = (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain');
    expect((await write()).write).toMatchObject({ state: 'lost', error: { code: 'content_encoding' } });
  });

  test.each(['zstd', 'gzip, gzip', 'compress', 'aws-chunked'])('the answer is in %s', async (encoding) => {
    kit.vendor.handle = (_request, response) =>
      void response.writeHead(200, { 'content-encoding': encoding }).end(gzipSync('{}'));
    expect((await write()).write).toMatchObject({ state: 'lost', error: { code: 'content_encoding' } });
  });
});

describe('a write of which no byte has left is unsent', () => {
  let closed: Server;
  let port: number;
  beforeAll(async () => {
    closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    ({ port } = closed.address() as AddressInfo);
    await new Promise((resolve) => void closed.close(resolve));
    await kit.broker.connections.applyConfig({
      registrations: [],
      connections: [
        connectionTo('billing', kit.vendor.origin),
        connectionTo('closed', `http://127.0.0.1:${port}`),
        { ...connectionTo('no-token', kit.vendor.origin), credentials: undefined },
      ],
    });
  });

  test('nobody listens', async () => {
    const { write: report, reply } = await call('closed');
    expect(report).toMatchObject({
      state: 'unsent',
      write: { path: '/orders' },
      error: { class: 'UpstreamError', code: 'connect_failed', retry: 'later' },
    });
    expect(reply).toMatchObject({ kind: 'error', error: { code: 'connect_failed' } });
  });

  test('the connection has no access token', async () => {
    const { write: report } = await call('no-token');
    expect(report).toMatchObject({
      state: 'unsent',
      error: { class: 'AuthenticationError', code: 'no_credential' },
    });
    expect(kit.vendor.requests).toEqual([]);
  });

  test('the caller has given up before', async () => {
    const { write: report } = await call('billing', AbortSignal.abort());
    expect(report).toMatchObject({ state: 'unsent', error: { code: 'aborted' } });
    expect(kit.vendor.requests).toEqual([]);
  });

  test('the caller gives up while the write is being stored', async () => {
    const caller = new AbortController();
    const { write: report } = await kit.call({
      operation: 'probe.write',
      records: oneWrite,
      signal: caller.signal,
      hooks: { beforeWrite: async () => caller.abort() },
    });
    expect(report).toMatchObject({ state: 'unsent' });
    expect(kit.vendor.requests).toEqual([]);
  });

  const call = (connection: string, signal?: AbortSignal) =>
    kit.call({ connection, operation: 'probe.write', records: oneWrite, ...(signal && { signal }) });
  const connectionTo = (id: string, origin: string) => ({
    id,
    connector: 'example',
    owner: 'finance',
    variables: { region: 'eu' },
    origin,
    credentials: { accessToken } as { accessToken: string } | undefined,
  });
});

describe('an answer', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('in %s is read', async (encoding, compress) => {
    kit.vendor.handle = (_request, response) =>
      void response.writeHead(200, { 'content-encoding': encoding }).end(compress('{"ok":"é"}'));
    expect(await read()).toMatchObject([{ status: 200, text: '{"ok":"é"}' }]);
  });

  test.each([301, 302, 303, 307, 308])('that redirects (%d) is not followed', async (status) => {
    kit.vendor.handle = (_request, response) =>
      void response.writeHead(status, { location: `${kit.vendor.origin}/orders/2` }).end();
    expect(await read()).toMatchObject([{ code: `http_${status}` }]);
    expect((await write()).write).toMatchObject({ state: 'answered', answer: { status } });
    expect(kit.vendor.requests.map(({ url }) => url)).toEqual(['/orders/1', '/orders']);
  });

  test('with 401 is an authentication error, whatever the code would accept', async () => {
    kit.vendor.handle = answerJson(401, { message: 'token expired' });
    const answers = await kit.probe([{ method: 'GET', path: '/orders/1', accept: [401] }]);
    expect(answers).toMatchObject([
      { code: 'http_401', message: expect.stringContaining('token expired') as unknown as string },
    ]);
  });

  test('that echoes the credential is cleaned before any code sees it', async () => {
    kit.vendor.handle = (request, response) => {
      const { authorization = '' } = request.headers;
      const echoed = Buffer.from(authorization).toString('base64');
      response.writeHead(200, { 'x-echo': authorization, 'x-basic': echoed, 'set-cookie': 'session=1' });
      response.end(JSON.stringify({ authorization, encoded: encodeURIComponent(authorization) }));
    };
    const [answer] = await read();
    const text = JSON.stringify(answer);
    expect(text).not.toContain(accessToken);
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('session');
    expect(
      Buffer.from(
        (answer?.['headers'] as Record<string, string> | undefined)?.['x-basic'] ?? '',
        'base64',
      ).toString(),
    ).not.toContain(accessToken);
  });

  test('after an informational one counts alone', async () => {
    kit.vendor.handle = (request, response) => {
      response.writeEarlyHints({ link: '</x>; rel=preload' });
      answerJson(200, { final: true })(request, response);
    };
    expect(await read()).toMatchObject([{ status: 200, text: '{"final":true}' }]);
  });
});

test('a vendor that speaks nonsense is an error, and a write to it lost', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n\r\n'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await kit.broker.connections.applyConfig({
    registrations: [],
    connections: [
      {
        id: 'billing',
        connector: 'example',
        owner: 'finance',
        variables: { region: 'eu' },
        origin,
        credentials: { accessToken },
      },
    ],
  });
  expect((await write()).write).toMatchObject({ state: 'lost' });
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => void server.close(resolve));
});
