import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  changedFile,
  type HashedFiles,
  hashFiles,
  integrityOf,
  type LoadedConnector,
  loadConnectorFolder,
} from '@onceover/broker';
import { ConfigurationError } from '@onceover/contract';
import { type LockedConnector, lockFileIn } from './connector-lock.ts';
import { installedFolder, openBegunFolder, putInPlace } from './install-folders.ts';
import { installLocked } from './install-package.ts';
import { readInstalledRecord, writeInstalledRecord } from './installed-record.ts';

/** Where connectors are installed, and by what settings. */
export interface InstallPlace {
  dataDir: string;
  /** The config's folder: `onceover.lock` and perhaps an `.npmrc` are there. */
  configFolder: string;
  /** npm's environment. */
  npmVariables: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/**
 * A connector that the lock names, installed where it is not yet, its files checked. Nothing of it is imported.
 * @throws {ConfigurationError} `connector_changed` for other files than the lock says, `lock_mismatch`, and what npm says
 */
export async function loadInstalled(locked: LockedConnector, place: InstallPlace): Promise<LoadedConnector> {
  const folder = installedFolder(place.dataDir, locked);
  if (!existsSync(folder)) await installMissing(locked, place);
  const files = await checkedFiles(locked, folder, place.configFolder);
  const loaded = await loadConnectorFolder(join(folder, 'node_modules', locked.package), {
    source: 'installed',
    files,
  });
  if (loaded.id === locked.id && loaded.version === locked.version) return loaded;
  throw new ConfigurationError(
    `${lockFileIn(place.configFolder)} says ${locked.id} ${locked.version}, and ${locked.package} is ${loaded.id} ${loaded.version}. Bring the lock back from your version control.`,
    { code: 'lock_mismatch' },
  );
}

async function installMissing(locked: LockedConnector, place: InstallPlace): Promise<void> {
  const { dataDir, configFolder, npmVariables: variables, signal } = place;
  await using begun = await openBegunFolder(dataDir);
  const { path: folder } = begun;
  await installLocked(locked, { folder, configFolder, variables, ...(signal && { signal }) });
  const { hashes } = await checkedFiles(locked, folder, configFolder, 'fresh');
  await writeInstalledRecord(folder, recordOf(locked, hashes));
  await putInPlace(folder, installedFolder(dataDir, locked));
}

export function recordOf(
  { package: name, version, integrity }: Pick<LockedConnector, 'package' | 'version' | 'integrity'>,
  hashes: HashedFiles['hashes'],
) {
  return { package: name, version, integrity, hashes };
}

async function checkedFiles(
  locked: LockedConnector,
  folder: string,
  configFolder: string,
  state: 'kept' | 'fresh' = 'kept',
): Promise<HashedFiles> {
  const files = await hashFiles(join(folder, 'node_modules'), 'sha512').catch((cause: unknown) => {
    throw new ConfigurationError(`${folder} is not whole. ${remedy(folder)}`, {
      code: 'connector_changed',
      cause,
    });
  });
  const isSame = integrityOf(files) === locked.files;
  if (state === 'fresh') {
    if (isSame) return files;
    throw new ConfigurationError(
      `What was installed of ${locked.package}@${locked.version} has other files than ${lockFileIn(configFolder)} says. Nothing was kept. Bring the lock back from your version control; if it is right, find out what changed at the registry.`,
      { code: 'connector_changed' },
    );
  }
  const record = await readInstalledRecord(folder);
  const wrong = (['package', 'version', 'integrity'] as const).find(
    (name) => record?.[name] !== locked[name],
  );
  if (isSame && wrong === undefined) return files;
  const recorded = record && integrityOf({ algorithm: 'sha512', hashes: record.hashes });
  const changed = record && changedFile(record.hashes, files.hashes);
  if (!isSame && changed !== undefined && recorded === locked.files) {
    throw new ConfigurationError(
      `${join(folder, 'node_modules', changed.name)} ${changed.change} since ${locked.id} ${locked.version} was installed. It is not used. Find out who did it. ${remedy(folder)}`,
      { code: 'connector_changed' },
    );
  }
  throw new ConfigurationError(
    `What is in ${folder} is not what ${lockFileIn(configFolder)} says of ${locked.id} ${locked.version}: ${wrong ?? 'files'} differ${wrong === undefined ? '' : 's'}. It is not used. When the lock is right (see its history): ${remedy(folder)}`,
    { code: 'lock_mismatch' },
  );
}

function remedy(folder: string): string {
  return `Remove ${folder}; the next start installs what the lock says.`;
}
