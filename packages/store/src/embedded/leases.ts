import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Says that this process uses the server; the returned path is the lease. Call it only while holding the start lock. */
export function takeLease(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const path = join(folder, `${process.pid}-${randomUUID()}`);
  writeFileSync(path, JSON.stringify(identityOf(process.pid)), { mode: 0o644 });
  return path;
}

/** How many living leases there are; those of processes that died are removed. Call it only while holding the start lock. */
export function countLeases(folder: string): number {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return 0;
  }
  return names.filter((name) => {
    const path = join(folder, name);
    try {
      if (isAlive(JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity)) return true;
    } catch {
      // An unreadable lease belongs to a process that died while it wrote.
    }
    rmSync(path, { force: true });
    return false;
  }).length;
}
