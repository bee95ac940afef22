import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isPidAlive, worksIn } from './process-identity.ts';

/** What a running server says of itself in `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  port: number;
  status: 'starting' | 'ready' | 'stopping' | 'standby' | 'unknown';
}

/** Reads `postmaster.pid`; undefined when there is none or it is still being written. Lines 1, 4 and 8 are pid, port and status. */
export function readPostmaster(dataFolder: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isSafeInteger(pid) || pid === 0) return undefined;
  const status = (lines[7] ?? '').trim();
  const known = ['starting', 'ready', 'stopping', 'standby'] as const;
  return { pid, port: Number(lines[3] ?? 0), status: known.find((word) => word === status) ?? 'unknown' };
}

/** Whether that process is a server of this data folder: PostgreSQL works inside its data folder, whoever took over its number does not. */
export function isServing(postmaster: Postmaster, dataFolder: string): boolean {
  if (!isPidAlive(postmaster.pid)) return false;
  // Where the system does not tell, the connection will: it asks the server for its data folder.
  return worksIn(postmaster.pid, realpathSync(dataFolder)) ?? true;
}

/** The server of this data folder, if one runs. A file left by a server that died is removed: its number may belong to another process by now, and PostgreSQL would refuse to start. */
export function findServer(dataFolder: string): Postmaster | undefined {
  const postmaster = readPostmaster(dataFolder);
  if (!postmaster) return undefined;
  if (isServing(postmaster, dataFolder)) return postmaster;
  rmSync(join(dataFolder, 'postmaster.pid'), { force: true });
  return undefined;
}
