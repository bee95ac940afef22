import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type LoadedConnector, loadConnectorFolder } from '@onceover/broker';
import { z } from 'zod';
import { unknownConnector, workspaceConnector, workspaceIds } from '../connectors/connector-folder.ts';
import { addConnector } from '../connectors/installed/add-connector.ts';
import { readConnectorLock } from '../connectors/installed/connector-lock.ts';
import { runNpm } from '../connectors/installed/run-npm.ts';
import { compareVersions } from '../connectors/installed/exact-version.ts';
import { type InstallPlace, loadInstalled } from '../connectors/installed/load-installed.ts';

/** What `connectors verify` tries. */
export interface VerifyTarget extends AsyncDisposable {
  connector: LoadedConnector;
  /** Where its `./sandbox` can be run: what that needs beside the connector is there. */
  sandboxFolder: string;
}

/**
 * @param reference a workspace id, an installed id (or one version of it), a folder, a package with its exact version
 *   or a tarball; a package is installed for this alone, and in no lock
 * @throws {ConfigurationError}
 */
export async function findTarget(
  reference: string,
  place: InstallPlace & { from: string },
): Promise<VerifyTarget> {
  const opened = new AsyncDisposableStack();
  const done = (connector: LoadedConnector, sandboxFolder: string): VerifyTarget => ({
    connector,
    sandboxFolder,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  });
  try {
    const folder = await folderOf(reference, place.from);
    if (folder !== undefined)
      return done(await loadConnectorFolder(folder.path, { source: folder.source }), folder.path);
    const temporary = await mkdtemp(join(tmpdir(), 'onceover-verify-package-'));
    opened.defer(() => rm(temporary, { recursive: true, force: true }));
    const settings = join(place.configFolder, '.npmrc');
    if (existsSync(settings)) await symlink(settings, join(temporary, '.npmrc'));
    const [id, version] = reference.split('@');
    const locked = (await readConnectorLock(place.configFolder))
      .filter((one) => one.id === id && (version === undefined || one.version === version))
      .sort((a, b) => compareVersions(a.version, b.version))
      .at(-1);
    if (locked !== undefined) {
      const from =
        locked.from === undefined
          ? `${locked.package}@${locked.version}`
          : join(place.configFolder, locked.from);
      const connector = await loadInstalled(locked, place);
      return done(connector, await sandboxFolderOf(connector, from, temporary, place));
    }
    if (/^[a-z0-9-]+$/.test(reference)) {
      const installed = (await readConnectorLock(place.configFolder)).map((one) => one.id);
      throw unknownConnector(reference, [...(await workspaceIds()), ...installed]);
    }
    const elsewhere = { ...place, configFolder: temporary, dataDir: join(temporary, 'data') };
    const { connector } = await addConnector(reference, elsewhere);
    return done(connector, await sandboxFolderOf(connector, reference, temporary, place));
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function folderOf(reference: string, from: string) {
  const path = resolve(from, reference);
  if (existsSync(join(path, 'package.json'))) return { path, source: 'folder' } as const;
  const workspace = await workspaceConnector(reference);
  return workspace === undefined ? undefined : ({ path: workspace, source: 'workspace' } as const);
}

const packageSchema = z.looseObject({
  peerDependencies: z.record(z.string(), z.string()).optional(),
  exports: z.unknown().optional(),
});

const kit = '@onceover/connector-kit';

/**
 * A sandbox and a conformance suite may need optional peers (msw, vitest), of the connector or of the kit that it uses,
 * which no installed connector has: they run from an installation that does.
 */
async function sandboxFolderOf(
  { folder, packageName }: LoadedConnector,
  spec: string,
  temporary: string,
  { npmVariables: variables, from, signal }: InstallPlace & { from: string },
): Promise<string> {
  const own = await packageFacts(folder);
  const needsKit = hasConformance(own.exports);
  const peers = peersOf(own);
  if (peers.length === 0 && !needsKit) return folder;
  const wanted = /\.(?:tgz|tar\.gz)$/.test(spec) ? `file:${resolve(from, spec.replace(/^file:/, ''))}` : spec;
  const install = (more: readonly string[]) =>
    runNpm(['install', '--no-save', wanted, ...peers, ...more], {
      folder: temporary,
      variables,
      what: `the sandbox of ${packageName}`,
      ...(signal && { signal }),
    });
  await install([]);
  const kitFolder = join(temporary, 'node_modules', kit);
  if (needsKit && existsSync(kitFolder)) await install(peersOf(await packageFacts(kitFolder)));
  return join(temporary, 'node_modules', packageName);
}

async function packageFacts(folder: string): Promise<z.output<typeof packageSchema>> {
  return packageSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
}

function peersOf({ peerDependencies = {} }: z.output<typeof packageSchema>): string[] {
  return Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`);
}

function hasConformance(exported: unknown): boolean {
  return typeof exported === 'object' && exported !== null && './conformance' in exported;
}
