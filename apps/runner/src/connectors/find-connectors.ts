import { type LoadedConnector, loadConnectorFolder } from '@onceover/broker';
import { ConfigurationError } from '@onceover/contract';
import { namedFolder, unknownConnector, workspaceConnector, workspaceIds } from './connector-folder.ts';
import { type LockedConnector, readConnectorLock } from './installed/connector-lock.ts';
import { compareVersions } from './installed/exact-version.ts';
import { type InstallPlace, loadInstalled } from './installed/load-installed.ts';

/**
 * Finds the configured connectors and reads their manifests; what the lock names and is not there is installed. No
 * connector is imported here.
 * @param options.entries ids, of the workspace or installed (all its versions), or folders (with `/`) relative to
 *   `configFolder`
 * @returns in the order of the entries, an entry's versions from the oldest to the newest
 * @throws {ConfigurationError} for one that is unknown, not built, not valid, changed, or there twice
 */
export async function findConnectors(
  options: { entries: readonly string[] } & InstallPlace,
): Promise<readonly LoadedConnector[]> {
  const { entries, ...place } = options;
  const locked = entries.every(isFolder) ? [] : await readConnectorLock(place.configFolder);
  const found = (await Promise.all(entries.map((entry) => loadEntry(entry, locked, place)))).flat();
  for (const [index, { id, version, folder }] of found.entries()) {
    const other = found.slice(0, index).find((one) => one.id === id && one.version === version);
    if (other === undefined) continue;
    throw new ConfigurationError(
      `The connector ${id} ${version} is there twice: in ${other.folder} and in ${folder}. Remove one from "connectors", or take an installed one away: onceover connectors remove ${id}@${version}`,
      { code: 'connector_twice', path: '/connectors' },
    );
  }
  return found;
}

const isFolder = (entry: string) => entry.includes('/');

async function loadEntry(
  entry: string,
  locked: readonly LockedConnector[],
  place: InstallPlace,
): Promise<readonly LoadedConnector[]> {
  if (isFolder(entry)) return [await loadConnectorFolder(namedFolder(entry, place.configFolder))];
  const versions = locked.filter(({ id }) => id === entry);
  const workspace = await workspaceConnector(entry);
  if (workspace === undefined && versions.length === 0) {
    throw unknownConnector(entry, [...new Set([...(await workspaceIds()), ...locked.map(({ id }) => id)])]);
  }
  const loading = [
    ...(workspace === undefined ? [] : [loadConnectorFolder(workspace, { source: 'workspace' })]),
    ...versions.map((version) => loadInstalled(version, place)),
  ];
  const loaded = await Promise.all(loading);
  return loaded.sort((a, b) => compareVersions(a.version, b.version));
}
