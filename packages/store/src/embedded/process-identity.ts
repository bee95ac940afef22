import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** A process, told apart from a later one with the same number by its start time where the system shows it. */
export interface ProcessIdentity {
  pid: number;
  startedAt: string | null;
}

/** What /proc says of a process; undefined when there is none or the system has no /proc. */
function procStat(pid: number): { state: string; startedAt: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in parentheses and may hold anything: count from the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startedAt: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** The identity to write into a lock or a lease. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, startedAt: procStat(pid)?.startedAt ?? null };
}

/** Whether a process with this number runs. A zombie (ended, not yet reaped) does not. */
export function isPidAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const state = procStat(pid)?.state;
  return state !== 'Z' && state !== 'X';
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (!isPidAlive(identity.pid)) return false;
  const startedAt = procStat(identity.pid)?.startedAt ?? null;
  return startedAt === null || identity.startedAt === null || startedAt === identity.startedAt;
}

/** Whether the process works inside `folder`: undefined where the system shows neither its working directory nor its arguments. */
export function worksIn(pid: number, folder: string): boolean | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    // Another user's process hides its working directory, but not its arguments.
  }
  try {
    return argumentsOf(pid).includes(folder);
  } catch {
    return undefined;
  }
}

function argumentsOf(pid: number): string {
  if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
}
