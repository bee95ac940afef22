import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { answerJson, startVendor } from '../testing/vendor.fixture.ts';
import { createEgress, type Egress } from './create-egress.ts';
import type { EgressTarget } from './egress-target.ts';
import type { Resolve } from './pinned-connector.ts';

let egress: Egress | undefined;
afterEach(async () => egress?.close());

function send(sendTo: string, policy: 'public' | 'loopback', resolve?: Resolve) {
  egress = createEgress({ limits: { connectTimeoutMs: 1000 }, ...(resolve && { resolve }) });
  return egress.send({
    target: { origin: 'https://eu.vendor.example', sendTo, policy },
    method: 'GET',
    path: '/orders/1',
    query: '',
    headers: { authorization: 'Bearer secret' },
    body: null,
    signal: AbortSignal.timeout(5000),
  });
}

/** Answers each question with the next list of addresses; the last one stays. */
function resolverOf(...answers: readonly (readonly string[])[]): Resolve & { asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (hostname, done) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return Object.assign(resolve, { asked });
}

test.each([
  ['a private address', ['10.0.0.1']],
  ['loopback', ['127.0.0.1']],
  ['the address of a cloud’s metadata', ['169.254.169.254']],
  ['a mapped address', ['::ffff:10.0.0.1']],
  ['a NAT64 address', ['64:ff9b::a00:1']],
  ['a public address and a private one', ['93.184.215.14', '192.168.0.1']],
  ['a private address behind public ones', ['93.184.215.14', '2606:4700::1111', 'fd00::1']],
])('a name that leads to %s is refused, and nothing is opened', async (_what, addresses) => {
  expect(await send('https://eu.vendor.example', 'public', resolverOf(addresses))).toMatchObject({
    state: 'unsent',
    error: { name: 'ScopeError', code: 'address_refused' },
  });
});

test.each([
  'https://127.0.0.1',
  'https://10.0.0.1',
  'https://169.254.169.254',
  'https://[::1]',
  'https://[::ffff:127.0.0.1]',
  'https://[64:ff9b::7f00:1]',
  'https://[fd00:ec2::254]',
  'https://0x7f000001',
  'https://2130706433',
  'https://127.1',
  'https://0177.0.0.1',
  'https://0',
])('a literal address is held to the same: %s', async (sendTo) => {
  expect(await send(sendTo, 'public')).toMatchObject({ state: 'unsent', error: { code: 'address_refused' } });
});

test.each(['http://eu.vendor.example', 'https://eu.vendor.example:8443', 'http://eu.vendor.example:443'])(
  'only https on 443 leaves: %s',
  async (sendTo) => {
    const resolve = resolverOf(['93.184.215.14']);
    expect(await send(sendTo, 'public', resolve)).toMatchObject({
      state: 'unsent',
      error: { code: 'address_refused' },
    });
    expect(resolve.asked).toEqual([]);
  },
);

test('a name is resolved once for a connection: a second answer has no say', async () => {
  await using vendor = await startVendor(answerJson(200, {}));
  const { port } = new URL(vendor.origin);
  const resolve = resolverOf(['127.0.0.1'], ['10.0.0.1']);
  const result = await send(`http://localhost:${port}`, 'loopback', resolve);
  expect(result).toMatchObject({ state: 'answered' });
  expect(resolve.asked).toEqual(['localhost']);
  expect(vendor.requests[0]?.headers.host).toBe(`localhost:${port}`);
});

test('a development origin reaches loopback alone', async () => {
  for (const addresses of [['10.0.0.1'], ['93.184.215.14'], ['127.0.0.1', '10.0.0.1']]) {
    expect(await send('http://localhost:9', 'loopback', resolverOf(addresses))).toMatchObject({
      state: 'unsent',
      error: { code: 'address_refused' },
    });
  }
  expect(await send('http://10.0.0.1:9', 'loopback')).toMatchObject({ error: { code: 'address_refused' } });
});

test('a name that does not resolve is unsent, to be tried again', async () => {
  const resolve: Resolve = (hostname, done) =>
    done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), []);
  expect(await send('https://eu.vendor.example', 'public', resolve)).toMatchObject({
    state: 'unsent',
    error: { code: 'connect_failed', retry: 'later', message: expect.stringContaining('ENOTFOUND') },
  });
});

test('a request given up while it waits for a socket never goes out', async () => {
  await using vendor = await startVendor();
  // The name resolves only after the caller has gone.
  const resolving: (() => void)[] = [];
  let hasGone = false;
  const resolve: Resolve = (_hostname, done) => {
    const answer = () => done(null, [{ address: '127.0.0.1', family: 4 }]);
    if (hasGone) answer();
    else resolving.push(answer);
  };
  egress = createEgress({ resolve });
  const caller = new AbortController();
  const target: EgressTarget = {
    origin: 'https://eu.vendor.example',
    sendTo: vendor.origin.replace('127.0.0.1', 'localhost'),
    policy: 'loopback',
  };
  const sent = egress.send({
    target,
    method: 'POST',
    path: '/orders',
    query: '',
    headers: {},
    body: '{}',
    signal: caller.signal,
  });
  caller.abort();
  expect(await sent).toMatchObject({ state: 'unsent', error: { code: 'aborted' } });
  hasGone = true;
  for (const answer of resolving) answer();
  // A second request over the same egress comes after the first in its queue.
  const next = await egress.send({
    target,
    method: 'GET',
    path: '/orders/1',
    query: '',
    headers: {},
    body: null,
    signal: AbortSignal.timeout(5000),
  });
  expect(next.state).toBe('answered');
  expect(vendor.requests.map(({ method }) => method)).toEqual(['GET']);
});

test('a request whose caller may not send it any more leaves no byte, and its socket serves the next', async () => {
  await using vendor = await startVendor();
  egress = createEgress();
  const target: EgressTarget = {
    origin: 'https://eu.vendor.example',
    sendTo: vendor.origin,
    policy: 'loopback',
  };
  const request = { target, path: '/orders', query: '', headers: {}, signal: AbortSignal.timeout(5000) };
  let asked = 0;
  const mayStart = () => {
    asked += 1;
    throw new Error('the lane is lost');
  };
  expect(await egress.send({ ...request, method: 'POST', body: '{}', mayStart })).toMatchObject({
    state: 'unsent',
  });
  expect(await egress.send({ ...request, method: 'GET', body: null })).toMatchObject({ state: 'answered' });
  expect(asked).toBe(1);
  expect(vendor.requests.map(({ method }) => method)).toEqual(['GET']);
});

test('TLS is spoken to the pinned address under the vendor’s name, and an unproven one gets nothing', async () => {
  const names: string[] = [];
  const server = createServer({
    SNICallback(name, done) {
      names.push(name);
      done(new Error('no certificate for anybody'));
    },
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result = await send(`https://eu.vendor.example:${port}`, 'loopback', resolverOf(['127.0.0.1']));
  expect(result).toMatchObject({ state: 'unsent' });
  expect(names).toEqual(['eu.vendor.example']);
  await new Promise((resolve) => void server.close(resolve));
});
