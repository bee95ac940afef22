import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface AttackTargets extends AsyncDisposable {
  /** By name, as the attacks ask for them. */
  targets: Readonly<Record<string, string>>;
  /** What reached one of the listeners. */
  reached: string[];
}

/**
 * What must be out of reach of the code in `folder`: files, listeners, this process. The files lie in a folder that
 * anybody may enter, so that nothing but the host keeps the code from them.
 */
export async function openAttackTargets(folder: string): Promise<AttackTargets> {
  const opened = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'onceover-targets-'));
  opened.defer(() => rm(home, { recursive: true, force: true }));
  await chmod(home, 0o755);
  const keyring = join(home, 'keyring.json');
  await writeFile(keyring, '{"secret":"canary"}', { mode: 0o600 });
  const neighbour = join(home, 'neighbour', 'index.js');
  await mkdir(join(home, 'neighbour'));
  await writeFile(neighbour, 'export const canary = 1;');
  const dependency = join(home, 'neighbour', 'node_modules', 'neighbour-package');
  await mkdir(dependency, { recursive: true });
  await writeFile(join(dependency, 'package.json'), '{"name":"neighbour-package"}');
  // Beside what the code may read, with names that begin alike.
  await mkdir(join(folder, 'dist-of-another'));
  await writeFile(join(folder, 'dist-of-another', 'secret'), 'canary');
  await writeFile(join(folder, 'package.json.bak'), 'canary');

  const reached: string[] = [];
  const listen = async (name: string, where: object) => {
    const server = createServer((socket) => {
      reached.push(name);
      socket.destroy();
    });
    server.listen(where);
    await once(server, 'listening');
    opened.defer(() => new Promise((resolve) => void server.close(() => resolve())));
  };
  const vendor = createHttpServer((_request, response) => void response.end('{}'));
  vendor.on('connection', () => void reached.push('tcp'));
  vendor.on('upgrade', ({ headers }, socket) => {
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('error', () => undefined);
  });
  // Both address families.
  vendor.listen(0, '::');
  await once(vendor, 'listening');
  opened.defer(() => {
    vendor.closeAllConnections();
    vendor.close();
  });
  // A TCP server's address is an AddressInfo.
  const { port } = vendor.address() as AddressInfo;
  const unixSocket = join(home, 'socket');
  await listen('unix', { path: unixSocket });
  await chmod(unixSocket, 0o777);
  const abstractSocket = `onceover-target-${process.pid}-${port}`;
  await listen('abstract', { path: `\0${abstractSocket}` });

  // Stands for the runner where attacks go on a process: they must not meet the tests' own.
  const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  opened.defer(() => void victim.kill('SIGKILL'));

  return {
    reached,
    targets: {
      keyring,
      neighbour,
      sibling: join(folder, 'dist-of-another', 'secret'),
      beside: join(folder, 'package.json.bak'),
      port: String(port),
      origin: `http://127.0.0.1:${port}`,
      unixSocket,
      abstractSocket,
      runner: String(victim.pid),
      database: String(process.ppid),
      left: 'left-behind-by-another-tenant',
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
