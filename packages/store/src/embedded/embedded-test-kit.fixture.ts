import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { isPidAlive } from './process-identity.ts';
import { findServer, type Postmaster } from './postmaster-file.ts';
import { locateData } from './server-place.ts';
import { stopServer } from './stop-server.ts';

/** A folder for one test's server, empty or a copy of a stopped server's; what still runs in it is stopped when it goes. */
export function temporaryDataDir(copyOf?: string): { dataDir: string } & AsyncDisposable {
  const dataDir = mkdtempSync(join(tmpdir(), 'onceover-embedded-'));
  if (copyOf !== undefined) cpSync(copyOf, dataDir, { recursive: true });
  return {
    dataDir,
    async [Symbol.asyncDispose]() {
      if (existsSync(join(dataDir, 'postgres'))) await stopServer(locateData(dataDir));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** What the child says when its server is ready. */
export interface ChildReady {
  adopted: boolean;
  ownerUrl: string;
  uid: number;
}

/** A process that starts the server and says so when it is ready. */
export function spawnStart(dataDir: string, prefix: string[] = []): ChildProcessWithoutNullStreams {
  const script = fileURLToPath(new URL('./start-in-child.fixture.ts', import.meta.url));
  const [file, ...args] = [...prefix, process.execPath, '--conditions=@onceover/source', script, dataDir];
  return spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Starts the server from another process. `prefix` is a program that runs Node, `unshare` say. */
export async function startInChild(
  dataDir: string,
  prefix: string[] = [],
): Promise<ChildReady & { kill(): Promise<void>; stop(): Promise<void>; child: ChildProcess }> {
  const child = spawnStart(dataDir, prefix);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const exit = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const first = await Promise.race([
    once(lines, 'line'),
    exit.then(() => Promise.reject(new Error(`the child ended before its server was ready: ${complaint}`))),
  ]);
  return {
    ...(JSON.parse(String(first[0])) as ChildReady),
    child,
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
    async stop() {
      child.stdin.end();
      await exit;
    },
  };
}

/** The server process of a data folder and everything that it started. */
export function serverProcesses(dataDir: string): number[] {
  const pid = findServer(locateData(dataDir))?.pid;
  if (pid === undefined) return [];
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return [pid, ...children.map(Number)];
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return -1;
  }
}

/** Those of the processes that still run. */
export function stillRunning(pids: number[]): number[] {
  return pids.filter(isPidAlive);
}

/** One query on a connection of its own; the first row. */
export async function ask<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(text);
    return rows[0] as Row;
  } finally {
    await client.end();
  }
}

/** The error that a promise must reject with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the promise was fulfilled');
}

/** The server that must run in a folder. */
export function runningServer(dataDir: string): Postmaster {
  const server = findServer(locateData(dataDir));
  if (!server) throw new Error('no server runs');
  return server;
}
