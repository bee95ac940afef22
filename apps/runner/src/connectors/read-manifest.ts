import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError, type Manifest, manifestSchema } from '@onceover/contract';
import { connectorFolder } from './connector-folder.ts';
import { isSameVersion, lockFileIn, readConnectorLock } from './installed/connector-lock.ts';
import type { InstallPlace } from './installed/load-installed.ts';

/**
 * A manifest by what a reviewer has of it. Nothing is imported.
 * @param reference a workspace id, an installed version (`acme@1.2.0`), a connector's folder, or a manifest file
 *   (`.json`), relative to `folder`
 * @param place where connectors are installed; asked only for an installed version
 * @throws {ConfigurationError} naming the file and what is wrong with it
 */
export async function readManifest(
  reference: string,
  folder: string,
  place: () => InstallPlace,
): Promise<Manifest> {
  const [, id, version] = /^([a-z0-9-]{1,64})@([^/]+)$/.exec(reference) ?? [];
  if (id !== undefined && version !== undefined) return installedManifest({ id, version }, place());
  const file = await manifestFile(reference, folder);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigurationError(`${file} cannot be read. Build the connector, or name a manifest file.`, {
      code: 'manifest_missing',
      cause,
    });
  });
  const parsed = manifestSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
  throw new ConfigurationError(`${file} is no manifest of this contract.\n${problems.join('\n')}`, {
    code: 'manifest_invalid',
  });
}

async function installedManifest(
  wanted: { id: string; version: string },
  place: InstallPlace,
): Promise<Manifest> {
  const locked = await readConnectorLock(place.configFolder);
  const found = locked.find(isSameVersion(wanted));
  if (found === undefined) {
    const known = locked.map((one) => `${one.id}@${one.version}`).join(', ');
    throw new ConfigurationError(
      `${lockFileIn(place.configFolder)} names no connector ${wanted.id}@${wanted.version}. It names: ${known || 'none'}.`,
      { code: 'connector_not_installed' },
    );
  }
  // The broker's code is loaded for this alone.
  const { loadInstalled } = await import('./installed/load-installed.ts');
  return (await loadInstalled(found, place)).manifest;
}

async function manifestFile(reference: string, folder: string): Promise<string> {
  const path = resolve(folder, reference);
  if (reference.endsWith('.json')) return path;
  // A folder of the working directory needs no `./` here.
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return join(isFolder ? path : await connectorFolder(reference, folder), 'dist', 'manifest.json');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
