import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';
import type { PackageMap } from './process/package-map.ts';

/**
 * What a host process may read: the code that it holds and what that code depends on, package by package. Not whole
 * folders: a workspace package has links to its development tools beside its code, and links are followed.
 */
export interface ReadableFiles {
  /** For `--allow-fs-read`: files as they are, folders with a slash. */
  paths: readonly string[];
  /** Where imports of packages lead, so that no link need be read for them. */
  packages: PackageMap;
}

const packageSchema = z.looseObject({
  name: z.string().optional(),
  exports: z.unknown().optional(),
  files: z.array(z.string()).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  peerDependencies: z.record(z.string(), z.string()).optional(),
  peerDependenciesMeta: z.record(z.string(), z.looseObject({ optional: z.boolean().optional() })).optional(),
});
type PackageFacts = z.output<typeof packageSchema>;

/** A runner that runs from its sources has its hosts run from theirs. */
const isSource = import.meta.filename.endsWith('.ts');

/**
 * What of a package, and of all it depends on, a process needs.
 * @param folder holds package.json
 * @param only what of this package is needed, relative to it, and which dependencies; unless given all that it
 *   publishes and depends on
 * @throws {ConfigurationError} `symlink_leads_out`
 */
export async function readablePackage(
  folder: string,
  only: { entries?: readonly string[]; dependencies?: readonly string[] } = {},
): Promise<ReadableFiles> {
  const paths = new Set<string>();
  const packages: Record<string, Record<string, string>> = {};
  const addEntries = async (root: string, entries: readonly string[]) => {
    for (const entry of entries) {
      const path = await readableEntry(root, entry);
      if (path !== undefined) paths.add(join(root, path));
    }
  };
  const visit = async (root: string, facts: PackageFacts, { entries, dependencies }: typeof only) => {
    if (packages[root] !== undefined) return;
    const links: Record<string, string> = {};
    packages[root] = links;
    await addEntries(root, ['package.json', ...(entries ?? (await publishedEntries(root, facts)))]);
    for (const name of dependencies ?? dependencyNames(facts)) {
      const link = findPackage(root, name);
      if (link === undefined) continue;
      const target = await realpath(link);
      const found = await readPackage(target);
      if (found.exports !== undefined && found.name === name) {
        links[name] = target;
      } else {
        // Only Node's own way through node_modules leads to it, and on that way it reads the folder.
        await addEntries(target, ['']);
        paths.add(`${link}/`);
      }
      await visit(target, found, {});
    }
  };
  const root = await realpath(folder);
  await visit(root, await readPackage(root), only);
  return { paths: [...paths].sort(), packages };
}

/** What it cannot do without. What it can is for other purposes, as a stand-in of the vendor is. */
function dependencyNames(facts: PackageFacts): string[] {
  const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta = {} } = facts;
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
}

async function readPackage(root: string): Promise<PackageFacts> {
  const file = join(root, 'package.json');
  const parsed = packageSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(`${file} is not valid:\n${z.prettifyError(parsed.error)}`, {
    code: 'connector_invalid',
  });
}

/** What npm would publish, or nearly: what `files` names, else everything but what packages bring along. */
async function publishedEntries(root: string, { files }: PackageFacts): Promise<string[]> {
  const plain = files?.map((file) => file.replace(/^\.?\//, '').replace(/\/?\**\/?$/, ''));
  if (plain?.every((file) => /^[\w@.-]+(\/[\w@.-]+)*$/.test(file)) === true) {
    return [...plain, ...(isSource ? ['src'] : [])];
  }
  const entries = await readdir(root);
  return entries.filter((entry) => entry !== 'node_modules' && !entry.startsWith('.'));
}

/** The entry as the permission model wants it; undefined when it is not there. */
async function readableEntry(root: string, entry: string): Promise<string | undefined> {
  const path = join(root, entry);
  if (!existsSync(path)) return undefined;
  await refuseLinkOut(path, root);
  if (!(await stat(path)).isDirectory()) return entry;
  await refuseLinksOut(path, root);
  return `${entry}/`;
}

/** Folder by folder: Node's own recursion would walk through the links, out of the package. */
async function refuseLinksOut(folder: string, root: string): Promise<void> {
  for (const one of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, one.name);
    if (one.isSymbolicLink()) await refuseLinkOut(path, root);
    else if (one.isDirectory()) await refuseLinksOut(path, root);
  }
}

async function refuseLinkOut(path: string, root: string): Promise<void> {
  const target = await realpath(path).catch(() => undefined);
  if (target === path || target?.startsWith(root + sep) === true || target === root) return;
  throw new ConfigurationError(
    `${path} is a link that leads out of its package, to ${target ?? 'nothing'}: what it leads to could be read by the code. Replace it with what it leads to.`,
    { code: 'symlink_leads_out' },
  );
}

/** Where Node finds a dependency: the nearest node_modules above that has it. */
function findPackage(root: string, name: string): string | undefined {
  let folder = root;
  for (;;) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/**
 * With a user of its own a process needs more than Node's leave: what it reads must be readable for others. The way
 * there need not be.
 * @throws {ConfigurationError} `host_unreadable`, with the command that helps
 */
export async function requireReadableByOthers(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isFolder = path.endsWith('/');
    const { mode } = await stat(path);
    const bits = isFolder ? 0o5 : 0o4;
    if ((mode & bits) === bits) continue;
    throw new ConfigurationError(
      `${path} cannot be read by the user that an isolated host runs as. Allow it: chmod -R o+rX ${path}`,
      { code: 'host_unreadable' },
    );
  }
}
