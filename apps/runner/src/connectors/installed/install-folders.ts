import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where installed connectors lie: `<data>/connectors/<id>/<version>`. What is there is whole. */

const begun = '.begun-';
const leftOverMs = 60 * 60 * 1000;

export function installedFolder(dataDir: string, { id, version }: { id: string; version: string }): string {
  return join(dataDir, 'connectors', id, version);
}

/** A folder to install into, on the file system of the others. It goes away unless it was put in its place. */
export async function openBegunFolder(dataDir: string): Promise<AsyncDisposable & { path: string }> {
  const all = join(dataDir, 'connectors');
  await mkdir(all, { recursive: true, mode: 0o700 });
  await removeLeftOver(all);
  const path = await mkdtemp(join(all, begun));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What a killed command has left; nothing reads it. */
async function removeLeftOver(all: string): Promise<void> {
  const old = Date.now() - leftOverMs;
  for (const name of await readdir(all)) {
    if (!name.startsWith(begun)) continue;
    const found = await stat(join(all, name)).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < old)
      await rm(join(all, name), { recursive: true, force: true });
  }
}

/**
 * Puts a finished folder in its place, at once and whole.
 * @returns false when another command has put one there before
 */
export async function putInPlace(finished: string, place: string): Promise<boolean> {
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  try {
    await rename(finished, place);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes a version away, at once and whole; where there is none nothing happens. */
export async function removeInstalled(
  dataDir: string,
  version: { id: string; version: string },
): Promise<void> {
  const place = installedFolder(dataDir, version);
  await using leaving = await openBegunFolder(dataDir);
  await rename(place, join(leaving.path, 'gone')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
