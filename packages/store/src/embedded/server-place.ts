import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { reachableBinaries, reachableData } from './reachable-files.ts';
import { findOrCreateOsUser, findUserNamespace, type OsUser, type ServerAccount } from './server-account.ts';

/** Who runs the server, and where its programs and data lie for them. */
export interface ServerPlace {
  account: ServerAccount;
  binaries: PostgresBinaries;
  dataFolder: string;
}

/** Where the data lies: in `<dataDir>/postgres`, or where a link of that name points to. */
export function locateData(dataDir: string): string {
  const path = join(dataDir, 'postgres');
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
  const target = readlinkSync(path);
  if (!existsSync(target)) {
    throw new StoreError(
      'embedded_start_failed',
      `The database's folder ${target} is gone, and ${path} points to it. Restore that folder, or remove ${path} to start with an empty database.`,
    );
  }
  return target;
}

/** How root, as whom PostgreSQL does not run, runs it nevertheless. The defaults are right but for tests and unusual systems. */
export interface RootOptions {
  /** False does without a user namespace even where the system has them. */
  allowUserNamespace?: boolean;
  /** The system user to run as without a namespace; by default `postgres`, or one made for it. */
  systemUser?: string;
  /** Where data and programs go when the system user cannot reach their own places. */
  sharedFolder?: string;
}

/**
 * Chooses the account and makes sure that it reaches data and programs.
 * An ordinary user runs the server as is; root prefers a user namespace, else a system user.
 * Existing data is served by its owner.
 */
export async function prepareServerPlace(options: {
  dataDir: string;
  binaries: PostgresBinaries;
  asRoot: RootOptions;
  log: (message: string) => void;
}): Promise<ServerPlace> {
  const { dataDir, binaries, asRoot, log } = options;
  const { allowUserNamespace = true, systemUser, sharedFolder = '/var/lib/onceover' } = asRoot;
  const dataFolder = locateData(dataDir);
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  const me = process.geteuid?.();
  if (me !== 0) {
    if (owner && me !== undefined && owner.uid !== me) {
      throw new StoreError(
        'embedded_data_foreign',
        `The database in ${dataFolder} belongs to user number ${owner.uid}. Start as that user, or choose another data folder.`,
      );
    }
    return { account: { kind: 'self' }, binaries, dataFolder };
  }
  const isServedAsRoot = owner === undefined || owner.uid === 0;
  if (isServedAsRoot && allowUserNamespace) {
    const account = await findUserNamespace(dataDir, join(binaries.root, 'bin', 'postgres'));
    if (account) return { account, binaries, dataFolder };
  }
  const account: OsUser = isServedAsRoot
    ? await findOrCreateOsUser(systemUser, log)
    : { kind: 'os-user', uid: owner.uid, gid: owner.gid };
  return {
    account,
    binaries: reachableBinaries({ user: account, binaries, sharedFolder, log }),
    dataFolder: reachableData({ user: account, dataDir, dataFolder, sharedFolder, log }),
  };
}
