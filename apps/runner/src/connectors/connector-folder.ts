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
  if (entry.includes('/')) return namedFolder(entry, configFolder);
  const folder = await workspaceConnector(entry);
  if (folder !== undefined) return folder;
  throw unknownConnector(entry, await workspaceIds());
}

export function namedFolder(entry: string, configFolder: string): string {
  return isAbsolute(entry) ? entry : resolve(configFolder, entry);
}

/** The folder of a connector of this workspace; undefined when it has none of this id. */
export async function workspaceConnector(id: string): Promise<string | undefined> {
  const all = connectorsFolder();
  return all !== undefined && (await workspaceIds()).includes(id) ? join(all, id) : undefined;
}

export function unknownConnector(entry: string, known: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    `There is no connector "${entry}". Known here: ${known.join(', ') || 'none'}. Name one of them, a folder such as ./my/${entry}, or install it: onceover connectors add <package>@<version>`,
    { code: 'connector_unknown', path: '/connectors' },
  );
}

export async function workspaceIds(): Promise<readonly string[]> {
  const folder = connectorsFolder();
  if (folder === undefined || !existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'package.json')))
    .map(({ name }) => name);
}

function connectorsFolder(): string | undefined {
  const root = workspaceFolder();
  return root === undefined ? undefined : join(root, 'connectors');
}
