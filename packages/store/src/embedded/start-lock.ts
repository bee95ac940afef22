import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { pause } from '../abort.ts';
import { StoreError } from '../store-error.ts';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

const waitMs = 25;
const patienceMs = 180_000;

interface Holder extends ProcessIdentity {
  token: string;
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Creates the lock with its content in one step (a link is as exclusive as O_EXCL and never leaves an empty file). */
function tryTake(path: string, holder: Holder): boolean {
  const draft = `${path}.${holder.token}`;
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o644 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a dead holder's lock out of the way. Whoever moved a living one by a race puts it back. */
function removeStale(path: string, stale: Holder): void {
  const aside = `${path}.stale-${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved && moved.token !== stale.token) {
    try {
      linkSync(aside, path);
    } catch {
      // Another process holds the lock by now.
    }
  }
  rmSync(aside, { force: true });
}

/**
 * Runs `work` while this process alone holds the lock file at `path`; others wait for their turn.
 * A lock whose holder has died is taken over.
 */
export async function withStartLock<T>(
  options: { path: string; log: (message: string) => void; signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const { path, log, signal } = options;
  const mine: Holder = { ...identityOf(process.pid), token: randomUUID() };
  const deadline = Date.now() + patienceMs;
  let hasTold = false;
  while (!tryTake(path, mine)) {
    const holder = readHolder(path);
    if (holder && !isAlive(holder)) {
      removeStale(path, holder);
      continue;
    }
    if (!hasTold && holder && holder.pid !== process.pid) {
      log(`Process ${holder.pid} is starting or stopping PostgreSQL; waiting for it.`);
      hasTold = true;
    }
    if (Date.now() > deadline) {
      throw new StoreError(
        'embedded_start_failed',
        `Process ${holder?.pid ?? '?'} has held ${path} for minutes. End that process, or remove the file if it has nothing to do with Onceover.`,
      );
    }
    await pause(waitMs, signal);
  }
  try {
    return await work();
  } finally {
    if (readHolder(path)?.token === mine.token) rmSync(path, { force: true });
  }
}
