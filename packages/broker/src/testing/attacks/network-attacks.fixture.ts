import dgram from 'node:dgram';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import os from 'node:os';
import tls from 'node:tls';
import { type Attack, loot, type Means, target, within } from './attack.fixture.ts';

const port = (means: Means) => Number(target(means, 'port'));

async function connected(socket: net.Socket): Promise<string> {
  const connecting = within(once(socket, 'connect'));
  // What goes wrong later is no refusal.
  socket.on('error', () => undefined);
  await connecting;
  return 'connected';
}

export const networkAttacks: Record<string, Attack> = {
  'connect to the vendor': (means) => connected(net.connect(port(means), '127.0.0.1')),
  'connect by IPv6': (means) => connected(net.connect(port(means), '::1')),
  'fetch the vendor': async (means) => (await within(fetch(target(means, 'origin')))).status,
  'request the vendor': async (means) => {
    const request = http.get(target(means, 'origin'));
    return loot(await within(once(request, 'response'))).length;
  },
  'request by HTTP/2': async (means) => {
    const session = http2.connect(target(means, 'origin'));
    const connecting = within(once(session, 'connect'));
    // That it is another version's server comes later, and is no refusal.
    session.on('error', () => undefined);
    await connecting;
    return 'connected';
  },
  'speak TLS': (means) => connected(tls.connect(port(means), '127.0.0.1')),
  'open a web socket': async (means) => {
    const socket = new WebSocket(target(means, 'origin').replace('http', 'ws'));
    const opened = Promise.withResolvers<string>();
    socket.addEventListener('open', () => opened.resolve('open'));
    socket.addEventListener('error', () => opened.reject(new Error('the web socket failed')));
    return within(opened.promise);
  },
  'send a datagram': async (means) => {
    const socket = dgram.createSocket('udp4');
    const sent = Promise.withResolvers<number>();
    socket.on('error', sent.reject);
    socket.send('stolen', port(means), '127.0.0.1', (error, bytes) =>
      error === null ? sent.resolve(bytes) : sent.reject(error),
    );
    return within(sent.promise);
  },
  'look a name up': async () => within(dns.lookup('localhost')),
  'ask a name server': async () => within(dns.resolveTxt('stolen.vendor.example')),
  'connect to a Unix socket': (means) => connected(net.connect(target(means, 'unixSocket'))),
  'connect to an abstract socket': (means) => connected(net.connect(`\0${target(means, 'abstractSocket')}`)),
  listen: async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await within(once(server, 'listening'));
    return server.address();
  },
  'listen on a Unix socket': async () => {
    const server = net.createServer().listen('\0stolen');
    await within(once(server, 'listening'));
    return server.address();
  },
  'see the machine’s network': () => loot(Object.keys(os.networkInterfaces())),
};
