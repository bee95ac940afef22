import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { hashFiles, type LoadedConnector, loadConnectorFolder } from '@onceover/broker';
import { ConfigurationError, ConflictError } from '@onceover/contract';
import {
  changeConnectorLock,
  isSameVersion,
  type LockedConnector,
  lockFileIn,
  readConnectorLock,
} from './connector-lock.ts';
import { installedFolder, openBegunFolder, putInPlace, removeInstalled } from './install-folders.ts';
import { installSpec } from './install-package.ts';
import { writeInstalledRecord } from './installed-record.ts';
import { type InstallPlace, loadInstalled, recordOf } from './load-installed.ts';
import { type PackageSpec, parsePackageSpec } from './package-spec.ts';

/** What `connectors add` has done. */
export interface AddedConnector {
  connector: LoadedConnector;
  locked: LockedConnector;
  /** It was installed before, with the same files. */
  isKnown: boolean;
}

/**
 * Installs a connector and names it in the lock. Whenever it is killed, there is the old state or the new one: a folder
 * that the lock does not name is not used, and replaced by the next try.
 * @param reference a package with its exact version, or a tarball relative to `from`
 * @throws {ConfigurationError} for what cannot be installed or is no connector
 * @throws {ConflictError} `connector_locked` when the lock has the version with other content
 */
export async function addConnector(
  reference: string,
  place: InstallPlace & { from: string },
): Promise<AddedConnector> {
  const { dataDir, configFolder, npmVariables: variables, signal } = place;
  const spec = parsePackageSpec(reference, place.from);
  await readConnectorLock(configFolder);
  await using begun = await openBegunFolder(dataDir);
  const { path: folder } = begun;
  const { name, version, integrity, packages } = await installSpec(spec, {
    folder,
    configFolder,
    variables,
    ...(signal && { signal }),
  });
  const { id, hashes, files } = await examine(folder, name, version);
  const locked: LockedConnector = {
    id,
    package: name,
    version,
    integrity,
    files,
    ...(spec.kind === 'tarball' ? { from: fromLock(spec, configFolder) } : {}),
    packages: { ...packages },
  };
  const isKnown = refuseOther(locked, await readConnectorLock(configFolder), configFolder);
  if (!isKnown) {
    await writeInstalledRecord(folder, recordOf(locked, hashes));
    // What is there and not in the lock is left of a command that was killed, or of a lock that was taken back.
    if (existsSync(installedFolder(dataDir, locked))) await removeInstalled(dataDir, locked);
    await putInPlace(folder, installedFolder(dataDir, locked));
    await changeConnectorLock(configFolder, (connectors) =>
      refuseOther(locked, connectors, configFolder) ? connectors : [...connectors, locked],
    );
  }
  return { connector: await loadInstalled(locked, place), locked, isKnown };
}

async function examine(folder: string, name: string, version: string) {
  const packageFolder = join(folder, 'node_modules', name);
  const files = await hashFiles(join(folder, 'node_modules'), 'sha512').catch((error: unknown) =>
    Promise.reject(notConnector(error)),
  );
  const loaded = await loadConnectorFolder(packageFolder, { source: 'installed', files }).catch(
    (error: unknown) => Promise.reject(notConnector(error)),
  );
  return { id: loaded.id, hashes: files.hashes, files: loaded.integrity };

  function notConnector(error: unknown): ConfigurationError {
    const said = (error instanceof Error ? error.message : String(error)).replaceAll(`${packageFolder}/`, '');
    return new ConfigurationError(
      `${name}@${version} is no connector that can be installed. Nothing was. Who publishes it builds it and packs dist/ with it: ${said}`,
      { code: 'not_a_connector', cause: error },
    );
  }
}

/** Whether the lock has this very connector. @throws {ConflictError} when it has the version with other content */
function refuseOther(
  locked: LockedConnector,
  all: readonly LockedConnector[],
  configFolder: string,
): boolean {
  const known = all.find(isSameVersion(locked));
  if (known === undefined) return false;
  // What it depends on may have newer versions by now; those of the lock are what is installed.
  const wrong = (['package', 'integrity'] as const).find((field) => known[field] !== locked[field]);
  if (wrong === undefined) return true;
  throw new ConflictError(
    `${lockFileIn(configFolder)} has ${known.id} ${known.version} with another ${wrong}: ${known[wrong]}; what came has ${locked[wrong]}. A version does not change: give other content a version of its own, or remove this one first: onceover connectors remove ${known.id}@${known.version}`,
    { code: 'connector_locked' },
  );
}

function fromLock({ file }: Extract<PackageSpec, { kind: 'tarball' }>, configFolder: string): string {
  return relative(configFolder, file).split(sep).join('/');
}
