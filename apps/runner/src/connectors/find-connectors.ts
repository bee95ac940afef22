import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { workspaceFolder } from '../package-folder.ts';
import { loadConnectorFolder, type LoadedConnector } from '@onceover/broker';

/**
 * Finds the configured connectors and reads their manifests. No connector is imported here.
 * @param entries a workspace id, or a folder (with `/`) relative to `configFolder`
 */
export async function findConnectors(options: {
  entries: readonly string[];
  configFolder: string;
}): Promise<readonly LoadedConnector[]> {
  return Promise.all(
    options.entries.map(async (entry) =>
      loadConnectorFolder(await connectorFolder(entry, options.configFolder)),
    ),
  );
}

/**
 * The folder that holds a connector's package.json.
 * @throws {ConfigurationError} naming the connectors that there are
 */
export async function connectorFolder(entry: string, configFolder: string): Promise<string> {
  const root = workspaceFolder();
  const folder = root === undefined ? undefined : join(root, 'connectors');
  const known = await workspaceIds(folder);
  if (entry.includes('/')) return isAbsolute(entry) ? entry : resolve(configFolder, entry);
  if (folder !== undefined && known.includes(entry)) return join(folder, entry);
  throw new ConfigurationError(
    `There is no connector "${entry}". Known here: ${known.join(', ') || 'none'}. Name one of them, or a folder such as ./my/${entry}.`,
  );
}

async function workspaceIds(folder: string | undefined): Promise<readonly string[]> {
  if (folder === undefined || !existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'package.json')))
    .map(({ name }) => name);
}
