import { readFile } from 'node:fs/promises';

/** Linux counts in pages; on all that Node 26 has builds for, x64 and arm64 servers, they have 4 KiB. */
const pageBytes = 4096;

/** Resident memory of a process; undefined where it cannot be read: it is gone, or this is not Linux. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
    return Number.isFinite(pages) ? pages * pageBytes : undefined;
  } catch {
    return undefined;
  }
}
