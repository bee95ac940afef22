import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { workspaceFolder } from '../package-folder.ts';

/**
 * The folder that holds a connector's package.json.
 * @param entry a workspace id, or a folder (with `/`) relative to `configFolder`
 * @throws {ConfigurationError} naming the connectors that there are
 */
export async function connectorFolder(entry: string, configFolder: string): Promise<string> {
  if (entry.includes('/')) return isAbsolute(entry) ? entry : resolve(configFolder, entry);
  const root = workspaceFolder();
  const folder = root === undefined ? undefined : join(root, 'connectors');
  const known = await workspaceIds(folder);
  if (folder !== undefined && known.includes(entry)) return join(folder, entry);
  throw new ConfigurationError(
    `There is no connector "${entry}". Known here: ${known.join(', ') || 'none'}. Name one of them, or a folder such as ./my/${entry}.`,
    { code: 'connector_unknown', path: '/connectors' },
  );
}

async function workspaceIds(folder: string | undefined): Promise<readonly string[]> {
  if (folder === undefined || !existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'package.json')))
    .map(({ name }) => name);
}
