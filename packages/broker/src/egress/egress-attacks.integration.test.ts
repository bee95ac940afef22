import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connector } from '../testing/example-connector.fixture.ts';
import { startVendor, type Vendor } from '../testing/vendor.fixture.ts';
import { createEgress, type Egress, type SendResult } from './create-egress.ts';
import { checkedLoopbackOrigin, egressTarget } from './egress-target.ts';
import type { Resolve } from './pinned-connector.ts';

/**
 * Every way that we know of to make a call reach a service inside: a server listens on loopback, and counts. What is
 * refused is refused for its address where scheme and port are right, so that no case passes for another reason.
 */
let inside: Server;
let insidePort = 0;
let reached = 0;
let vendor: Vendor;
const open: Egress[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  inside = createServer((socket) => {
    reached += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\ninside');
  });
  await new Promise<void>((resolve) => void inside.listen(0, '127.0.0.1', resolve));
  insidePort = (inside.address() as AddressInfo).port;
  vendor = await startVendor();
});
afterAll(async () => {
  await Promise.all(open.map((egress) => egress.close()));
  await vendor[Symbol.asyncDispose]();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => void inside.close(resolve));
});

function send(sendTo: string, policy: 'public' | 'loopback', resolve?: Resolve): Promise<SendResult> {
  const egress = createEgress({ limits: { connectTimeoutMs: 1000 }, ...(resolve && { resolve }) });
  open.push(egress);
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

const answering =
  (...addresses: readonly string[]): Resolve =>
  (_hostname, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

/** Forms that a URL reads as 127.0.0.1: where loopback is allowed they lead to the server, which proves them. */
const loopbackForms = [
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '017700000001', '0177.0.0.1', '0177.0.0.01', '0177.1'],
  ...['0x7f000001', '0x7f.0.0.1', '0x7f.1', '0x7F.0X0.0x0.0x1', '0177.0x0.0.1', '127.0.0x1', '127.0.0.1.'],
  ...['%31%32%37.0.0.1', '１２７.0.0.1', '127。0。0。1', '①②⑦.0.0.1'],
];

/** Literal hosts, at https and the right port. */
const hosts = [
  ...loopbackForms,
  ...['127.255.255.254', '127.0.0.2', '0', '0.0.0.0', '00', '0x0', '0.0', '0x00000000', '0.1.2.3'],
  // 10.0.0.1, 172.16.0.1, 192.168.0.1 in short, decimal, octal and hexadecimal.
  ...['10.0.0.1', '10.1', '167772161', '012.0.0.1', '0xa.0.0.1', '0x0a000001', '10.255.255.255'],
  ...['172.16.0.1', '172.31.255.255', '2886729729', '0xac100001', '192.168.0.1', '192.168.1', '3232235521'],
  ...['0300.0250.0.1', '0xc0a80001', '192.168.255.255'],
  // Link-local and what clouds answer at.
  ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.16689662', '168.63.129.16'],
  ...[
    '100.64.0.1',
    '100.100.100.200',
    '100.127.255.255',
    '1681915905',
    '192.0.0.1',
    '192.0.0.170',
    '192.0.2.1',
  ],
  ...['198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
  ...['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255', '4294967295', '0xffffffff'],
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::]', '[::127.0.0.1]', '[::7f00:1]', '[::10.0.0.1]'],
  ...[
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
    '[::FFFF:10.0.0.1]',
    '[::ffff:0:127.0.0.1]',
  ],
  ...[
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b:1::7f00:1]',
    '[64:ff9b::8.8.8.8]',
  ],
  ...[
    '[2002:7f00:1::]',
    '[2002:a00:1::1]',
    '[2002:c0a8:1::1]',
    '[2001:0:4136:e378:8000:63bf:80ff:fffe]',
    '[2001::1]',
  ],
  ...[
    '[fc00::1]',
    '[fd00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[ff0e::1]',
  ],
  ...['[2001:db8::1]', '[3fff::1]', '[100::1]', '[5f00::1]', '[4000::1]'],
];

/** What a name may answer, also in forms that no URL holds. */
const answers: readonly (readonly string[])[] = [
  ...['127.0.0.1', '10.0.0.1', '172.20.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
  ...[
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00::1',
    'ff02::1',
  ],
  ...['fe80::1%lo', 'fe80::1%eth0', '::1%1', '2606:4700::1111%eth0', '8.8.8.8%eth0'],
  // No addresses at all.
  ...[
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    'localhost',
    '127.0.0.1.',
    '[::1]',
    ' 127.0.0.1',
    '',
  ],
]
  .map((address) => [address])
  .concat([
    ['93.184.215.14', '127.0.0.1'],
    ['127.0.0.1', '93.184.215.14'],
    ['93.184.215.14', '2606:4700::1111', '10.0.0.1'],
    ['93.184.215.14', '::ffff:127.0.0.1'],
    ['2606:4700::1111', '64:ff9b::7f00:1'],
    ['93.184.215.14', '93.184.215.15', '93.184.215.16', '169.254.169.254'],
  ]);

/** Names that stand for something inside, or look like another one. */
const names = [
  ...['localhost', 'localhost.', 'LOCALHOST', 'foo.localhost', 'ip6-localhost', 'metadata.google.internal'],
  ...['eu.vendor.example.', '127.0.0.1.nip.io', 'xn--vendr-mua.example', 'vendør.example', 'printer.local'],
  ...['kubernetes.default.svc', 'instance-data', 'a'.repeat(63), '1.0.0.127.in-addr.arpa'],
];

/** Where calls may go at all: nothing but https on 443. */
const doors = (port: number) => [
  `http://eu.vendor.example`,
  `http://eu.vendor.example:443`,
  `https://eu.vendor.example:${port}`,
  `https://eu.vendor.example:8443`,
  `https://eu.vendor.example:22`,
  `https://eu.vendor.example:0`,
  `http://127.0.0.1:${port}`,
  `https://127.0.0.1:${port}`,
  `http://[::1]:${port}`,
  `http://2130706433:${port}`,
];

/** What a connection's variable or a development origin could smuggle into a URL. */
const variables = (port: number) => [
  ...[
    `127.0.0.1:${port}/`,
    `127.0.0.1:${port}#`,
    `127.0.0.1:${port}?`,
    'user@127.0.0.1',
    'user:x@127.0.0.1:1#',
  ],
  ...[
    '127.0.0.1',
    '[::1]',
    'localhost/',
    'localhost:80',
    'localhost\\',
    '%6c%6f',
    'lo\tcal',
    'lo\ncal',
    '..',
    '',
    '。',
  ],
];
const origins = (port: number) => [
  ...[
    `http://127.0.0.1@10.0.0.1:${port}`,
    `http://127.0.0.1:${port}@10.0.0.1`,
    `http://user@127.0.0.1:${port}`,
  ],
  ...[
    'http://10.0.0.1',
    'http://169.254.169.254',
    'http://0.0.0.0',
    'http://[::]',
    'http://[::ffff:10.0.0.1]',
  ],
  ...[
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'file:///etc/passwd',
    'gopher://127.0.0.1',
  ],
  ...[
    'ws://127.0.0.1',
    'unix:///run/docker.sock',
    'data:text/plain,x',
    'javascript:0',
    '//127.0.0.1',
    'http:127.0.0.1/x',
  ],
];

/** Ways in which an answer says "over there". */
const places = (port: number) => [
  `http://127.0.0.1:${port}/`,
  `//127.0.0.1:${port}/`,
  `http://localhost:${port}/`,
  `http://user:pass@127.0.0.1:${port}/`,
  `\\\\127.0.0.1:${port}\\`,
  `https://127.0.0.1:${port}/`,
];
const statuses = [300, 301, 302, 303, 305, 307, 308];
const otherHeaders: readonly (readonly [status: number, header: string])[] = [
  [200, 'refresh'],
  [200, 'location'],
  [200, 'content-location'],
  [200, 'link'],
  [200, 'alt-svc'],
  [201, 'location'],
  [202, 'location'],
  [401, 'www-authenticate'],
  [407, 'proxy-authenticate'],
  [503, 'location'],
];

const refusedAddress = { state: 'unsent', error: { name: 'ScopeError', code: 'address_refused' } };
const counted = () =>
  hosts.length +
  answers.length +
  names.length +
  doors(1).length +
  variables(1).length +
  origins(1).length +
  statuses.length * places(1).length +
  otherHeaders.length;

describe('no case reaches a service inside', () => {
  test.each(hosts)('a literal host: https://%s', async (host) => {
    expect(await send(`https://${host}`, 'public')).toMatchObject(refusedAddress);
    expect(reached).toBe(0);
  });

  test.each(answers.map((addresses) => [addresses]))('a name that answers %j', async (addresses) => {
    expect(await send('https://eu.vendor.example', 'public', answering(...addresses))).toMatchObject(
      refusedAddress,
    );
    expect(reached).toBe(0);
  });

  test.each(names)('the name %s, which leads inside', async (name) => {
    expect(await send(`https://${name}`, 'public', answering('127.0.0.1'))).toMatchObject(refusedAddress);
    expect(reached).toBe(0);
  });

  test('another scheme or port', async () => {
    for (const door of doors(insidePort)) {
      const resolve = answering('127.0.0.1');
      expect([door, await send(door, 'public', resolve)]).toMatchObject([door, refusedAddress]);
    }
    expect(reached).toBe(0);
  });

  test('a variable or a development origin that is more than it says', () => {
    for (const region of variables(insidePort)) {
      expect(() => egressTarget(connector.manifest, { region }, null)).toThrow(/do not make a host name/);
    }
    for (const origin of origins(insidePort)) expect(() => checkedLoopbackOrigin(origin)).toThrow(/loopback/);
  });

  test.each(statuses)('a redirect with %i, wherever to', async (status) => {
    for (const location of places(insidePort)) {
      vendor.handle = (_request, response) => void response.writeHead(status, { location }).end();
      expect(await send(vendor.origin, 'loopback')).toMatchObject({ state: 'answered', answer: { status } });
    }
    expect(reached).toBe(0);
  });

  test.each(otherHeaders)('an answer %i with the header %s', async (status, header) => {
    const place = `http://127.0.0.1:${insidePort}/`;
    const value = {
      refresh: `0; url=${place}`,
      link: `<${place}>; rel=preload`,
      'alt-svc': `h2="127.0.0.1:${insidePort}"; ma=60`,
    }[header];
    vendor.handle = (_request, response) =>
      void response
        .writeHead(status, { [header]: value ?? place, 'content-type': 'text/html' })
        .end(`<meta http-equiv="refresh" content="0; url=${place}">`);
    for (let again = 0; again < 2; again += 1) {
      expect(await send(vendor.origin, 'loopback')).toMatchObject({ state: 'answered', answer: { status } });
    }
    expect(reached).toBe(0);
  });
});

describe('a name that answers otherwise each time', () => {
  test('is asked once for a socket, and held to the same for each: the second answer does not lead inside', async () => {
    const given = [['127.0.0.1'], ['10.0.0.1'], ['127.0.0.1', '10.0.0.1']];
    let asked = 0;
    const resolve: Resolve = (name, done) => {
      answering(...(given[asked] ?? []))(name, done);
      asked += 1;
    };
    const egress = createEgress({ resolve });
    open.push(egress);
    vendor.handle = (_request, response) => void response.writeHead(200, { connection: 'close' }).end('{}');
    const sendTo = vendor.origin.replace('127.0.0.1', 'localhost');
    const states: string[] = [];
    for (const _ of given) {
      const { state } = await egress.send({
        target: { origin: 'https://eu.vendor.example', sendTo, policy: 'loopback' },
        method: 'GET',
        path: '/',
        query: '',
        headers: {},
        body: null,
        signal: AbortSignal.timeout(5000),
      });
      states.push(state);
    }
    expect(states).toEqual(['answered', 'unsent', 'unsent']);
    expect(asked).toBe(3);
  });
});

test('the cases are 150 and more, each another one', () => {
  expect(new Set(hosts).size).toBe(hosts.length);
  expect(counted()).toBeGreaterThanOrEqual(150);
  // More are welcome; fewer would be a loss that nobody noticed.
  expect(counted()).toBeGreaterThanOrEqual(250);
});

test('control: where loopback is allowed, the same forms do reach the server', async () => {
  const before = reached;
  for (const form of loopbackForms) {
    expect([form, await send(`http://${form}:${insidePort}`, 'loopback')]).toMatchObject([
      form,
      { state: 'answered', answer: { body: 'inside' } },
    ]);
  }
  expect(reached - before).toBe(loopbackForms.length);
});
