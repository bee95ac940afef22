import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenInterrupted } from './when-interrupted.ts';

const folder = '/usr/lib/postgresql/15/bin';

/** A PostgreSQL 15 of Debian's packages, on a free port of loopback, with fsync on. */
export interface DebianPostgres {
  url: string;
  stop(): void;
}

export function hasDebianPostgres(): boolean {
  return existsSync(join(folder, 'postgres'));
}

/** @throws when the package is not installed: `apt-get install postgresql-15` */
export async function startDebianPostgres(): Promise<DebianPostgres> {
  if (!hasDebianPostgres())
    throw new Error(`There is no ${folder}. Install it: apt-get install postgresql-15`);
  const home = mkdtempSync(join(tmpdir(), 'onceover-pg15-'));
  const data = join(home, 'data');
  const asPostgres = process.getuid?.() === 0;
  const run = (program: string, ...args: string[]) => {
    const [file, rest] = asPostgres
      ? (['runuser', ['-u', 'postgres', '--', join(folder, program), ...args]] as const)
      : ([join(folder, program), args] as const);
    return execFileSync(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  };
  if (asPostgres) {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    chownSync(home, id('-u'), id('-g'));
  }
  const port = await freePort();
  run('initdb', '-D', data, '-U', 'onceover', '--auth=trust', '-E', 'UTF8', '--locale=C');
  run(
    'pg_ctl',
    '-D',
    data,
    '-w',
    '-l',
    join(home, 'log'),
    '-o',
    `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${home}`,
    'start',
  );
  const end = () => {
    run('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
    rmSync(home, { recursive: true, force: true });
  };
  const forget = whenInterrupted(end);
  return {
    url: `postgres://onceover@127.0.0.1:${port}/postgres`,
    stop() {
      forget();
      end();
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is an AddressInfo.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
