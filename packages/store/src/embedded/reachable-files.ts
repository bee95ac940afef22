import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { OsUser } from './server-account.ts';

/** Whether the user may pass through `path` and every folder above it. */
function canPass(user: OsUser, path: string): boolean {
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function makeSharedFolder(sharedFolder: string): void {
  mkdirSync(sharedFolder, { recursive: true });
  chmodSync(sharedFolder, 0o755);
}

/** PostgreSQL's programs where the user can run them: in place, or copied once per version. */
export function reachableBinaries(options: {
  user: OsUser;
  binaries: PostgresBinaries;
  sharedFolder: string;
  log: (message: string) => void;
}): PostgresBinaries {
  const { user, binaries, sharedFolder, log } = options;
  if (canPass(user, join(binaries.root, 'bin'))) return binaries;
  const root = join(sharedFolder, `postgresql-${binaries.version}`);
  if (!existsSync(root)) {
    log(`Copying PostgreSQL's programs to ${root}, where its system user can reach them.`);
    makeSharedFolder(sharedFolder);
    const draft = `${root}.${randomUUID()}`;
    cpSync(binaries.root, draft, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(draft, root);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(root)) throw error;
    }
  }
  return { ...binaries, root };
}

/** The data where the user can serve it: in place, or in the shared folder with a link in its place. Existing data is handed over. */
export function reachableData(options: {
  user: OsUser;
  dataDir: string;
  dataFolder: string;
  sharedFolder: string;
  log: (message: string) => void;
}): string {
  const { user, dataDir, dataFolder, sharedFolder, log } = options;
  const isLinked = dataFolder !== join(dataDir, 'postgres');
  let place = dataFolder;
  if (!isLinked) {
    // Letting others pass shows them nothing: what is secret in this folder is readable by its owner alone.
    chmodSync(dataDir, statSync(dataDir).mode | 0o111);
    if (!canPass(user, dataDir)) {
      place = join(sharedFolder, `data-${randomUUID()}`);
      log(`${dataDir} is closed to PostgreSQL's system user: keeping the data in ${place}.`);
      makeSharedFolder(sharedFolder);
      moveAndLink(dataFolder, place);
    }
  }
  if (existsSync(place) && statSync(place).uid !== user.uid) handOver(place, user);
  return place;
}

function moveAndLink(from: string, to: string): void {
  if (!existsSync(from)) {
    // Made before the link: a link to nothing means that data was lost.
    mkdirSync(to, { mode: 0o700 });
    symlinkSync(to, from);
    return;
  }
  // A copy, because the shared folder may be on another disk; the original goes when the link is in its place.
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
  const original = `${from}.moved`;
  renameSync(from, original);
  symlinkSync(to, from);
  rmSync(original, { recursive: true, force: true });
}

function handOver(path: string, user: OsUser): void {
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chownSync(join(entry.parentPath, entry.name), user.uid, user.gid);
  }
  // Last: the folder's owner is what says that everything in it has been handed over.
  chownSync(path, user.uid, user.gid);
}
