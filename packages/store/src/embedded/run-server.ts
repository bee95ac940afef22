import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pause, throwIfAborted } from '../abort.ts';
import { StoreError } from '../store-error.ts';
import { findServer, isServing, type Postmaster, readPostmaster } from './postmaster-file.ts';
import { programEnvironment } from './run-program.ts';
import { commandAs } from './server-account.ts';
import type { ServerPlace } from './server-place.ts';
import { writeServerSettings } from './server-settings.ts';

const pollMs = 10;
const attempts = 5;
/** Recovery after a crash replays at most max_wal_size; slow disks need their time for it. */
const readyPatienceMs = 120_000;
const logSizeLimit = 10 * 1024 * 1024;

/** Starts the server and waits until it takes connections. It outlives this process: the next start adopts it. */
export async function startServer(
  place: ServerPlace,
  options: { logFile: string; log: (message: string) => void; signal?: AbortSignal | undefined },
): Promise<Postmaster> {
  let lastWords = '';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    throwIfAborted(options.signal);
    writeServerSettings(place.dataFolder, await findFreePort(), place.account);
    const attemptResult = await tryStart(place, options);
    if ('pid' in attemptResult) return attemptResult;
    lastWords = attemptResult.lastWords;
    // A server that a killed process had only just started writes its file late.
    if (findServer(place.dataFolder)) {
      const running = await waitUntilReady(place.dataFolder, options);
      if (running) return running;
    }
    // Somebody took the port, or the last workers of a killed server still hold its memory: both pass.
    if (!/Address already in use|shared memory block|already exists/.test(lastWords)) break;
    await pause(200, options.signal);
  }
  throw new StoreError(
    'embedded_start_failed',
    `PostgreSQL did not start. The end of ${options.logFile}:\n${lastWords.trim()}`,
  );
}

async function tryStart(
  place: ServerPlace,
  options: { logFile: string; log: (message: string) => void; signal?: AbortSignal | undefined },
): Promise<Postmaster | { lastWords: string }> {
  const { file, args, ...identity } = commandAs(place.account, join(place.binaries.root, 'bin', 'postgres'), [
    '-D',
    place.dataFolder,
  ]);
  const log = openLog(options.logFile);
  const logStart = statSync(options.logFile).size;
  const child = spawn(file, args, {
    cwd: '/',
    env: programEnvironment,
    stdio: ['ignore', log, log],
    // A session of its own: a Ctrl-C meant for the runner does not reach the database before the runner has finished.
    detached: true,
    ...identity,
  });
  closeSync(log);
  let spawnError = '';
  child.once('error', (error) => {
    spawnError = error.message;
  });
  child.unref();
  const hasEnded = () => spawnError !== '' || child.exitCode !== null || child.signalCode !== null;
  const lastWords = () => spawnError || readFileSync(options.logFile, 'utf8').slice(logStart).slice(-2_000);
  try {
    const server = await waitUntilReady(place.dataFolder, { ...options, hasEnded, pid: child.pid });
    return server ?? { lastWords: lastWords() };
  } catch (error) {
    child.kill('SIGINT');
    throw error;
  }
}

/** Waits until the server of this folder takes connections; undefined when it ended instead. */
export async function waitUntilReady(
  dataFolder: string,
  options: {
    log: (message: string) => void;
    signal?: AbortSignal | undefined;
    hasEnded?: () => boolean;
    /** The server that was started, to tell its file from one that an earlier server left. */
    pid?: number | undefined;
  },
): Promise<Postmaster | undefined> {
  const deadline = Date.now() + readyPatienceMs;
  let nextWord = Date.now() + 3_000;
  for (;;) {
    const server = options.pid === undefined ? findServer(dataFolder) : readPostmaster(dataFolder);
    const isOurs = options.pid === undefined || server?.pid === options.pid;
    if (server && isOurs && server.status === 'ready' && isServing(server, dataFolder)) return server;
    if (options.hasEnded?.() ?? !server) return undefined;
    if (Date.now() > deadline) {
      throw new StoreError(
        'embedded_start_failed',
        `PostgreSQL in ${dataFolder} is still not ready after ${readyPatienceMs / 1000} s; see its log beside the data.`,
      );
    }
    if (Date.now() > nextWord) {
      options.log('PostgreSQL is recovering from an unclean stop …');
      nextWord = Date.now() + 5_000;
    }
    await pause(pollMs, options.signal);
  }
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logSizeLimit) renameSync(path, `${path}.1`);
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    // A log that root left in an ordinary user's folder can be replaced, though not written.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    rmSync(path);
    return openSync(path, 'a', 0o600);
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
