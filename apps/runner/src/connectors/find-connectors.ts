import { type LoadedConnector, loadConnectorFolder } from '@onceover/broker';
import { ConfigurationError } from '@onceover/contract';
import { connectorFolder } from './connector-folder.ts';

/**
 * Finds the configured connectors and reads their manifests. No connector is imported here.
 * @param options.entries workspace ids, or folders (with `/`) relative to `configFolder`
 * @throws {ConfigurationError} for one that is unknown, not built, not valid, or there twice
 */
export async function findConnectors(options: {
  entries: readonly string[];
  configFolder: string;
}): Promise<readonly LoadedConnector[]> {
  const { entries, configFolder } = options;
  const found = await Promise.all(
    entries.map(async (entry) => loadConnectorFolder(await connectorFolder(entry, configFolder))),
  );
  for (const [index, { id, version, folder }] of found.entries()) {
    const other = found.slice(0, index).find((one) => one.id === id && one.version === version);
    if (other === undefined) continue;
    throw new ConfigurationError(
      `The connector ${id} ${version} is there twice: in ${other.folder} and in ${folder}. Remove one from "connectors".`,
      { code: 'connector_twice', path: `/connectors/${index}` },
    );
  }
  return found;
}
