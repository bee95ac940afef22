import { chmod, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';
import type { LockedConnector, LockedPackage } from './connector-lock.ts';
import type { PackageSpec } from './package-spec.ts';
import { runNpm } from './run-npm.ts';

/** What npm has put into a folder's `node_modules`. */
export interface InstalledPackage {
  name: string;
  version: string;
  /** SHA-512 of its tarball. */
  integrity: string;
  packages: Readonly<Record<string, LockedPackage>>;
}

export interface InstallPorts {
  /** Empty; afterwards `node_modules` alone is in it. */
  folder: string;
  /** Where a project's `.npmrc` lies. */
  configFolder: string;
  /** npm's environment. */
  variables: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** Installs what a command line names. Nothing of it is run. @throws {ConfigurationError} */
export async function installSpec(spec: PackageSpec, ports: InstallPorts): Promise<InstalledPackage> {
  const what = spec.kind === 'tarball' ? spec.file : `${spec.name}@${spec.version}`;
  if (spec.kind === 'tarball' && !existsSync(spec.file)) {
    throw new ConfigurationError(`There is no tarball ${spec.file}. \`npm pack\` makes one.`, {
      code: 'package_unknown',
    });
  }
  return installWith(ports, { dependencies: {} }, async () => {
    const wanted = spec.kind === 'tarball' ? `file:${spec.file}` : what;
    await runNpm(['install', '--save-exact', wanted], { ...ports, what });
    const { dependencies } = await readJson(join(ports.folder, 'package.json'), rootSchema);
    const [name] = Object.keys(dependencies);
    if (name === undefined) throw notInstalled(what);
    const packages = await lockedPackages(ports.folder, what);
    const own = packages[placeOf(name)];
    if (own?.integrity === undefined) throw notInstalled(what);
    if (spec.kind === 'registry' && (own.version !== spec.version || own.name !== undefined)) {
      throw new ConfigurationError(
        `The registry gave ${own.name ?? name} ${own.version} for ${what}. Nothing was installed.`,
        { code: 'npm_refused' },
      );
    }
    return { name, version: own.version, integrity: own.integrity, packages };
  });
}

/** Installs what a lock names, to the byte. @throws {ConfigurationError} */
export async function installLocked(locked: LockedConnector, ports: InstallPorts): Promise<void> {
  const { package: name, version, integrity, from } = locked;
  const what = `${name}@${version}`;
  const file = from === undefined ? undefined : `file:${join(ports.configFolder, from)}`;
  const dependencies = { [name]: file ?? version };
  const own = { ...locked.packages[placeOf(name)], version, integrity };
  const packages = {
    '': { name: rootName, dependencies },
    ...locked.packages,
    [placeOf(name)]: file === undefined ? own : { ...own, resolved: file },
  };
  await installWith(ports, { dependencies }, async () => {
    const lock = { name: rootName, lockfileVersion: 3, requires: true, packages };
    await writeFile(join(ports.folder, 'package-lock.json'), JSON.stringify(lock));
    await runNpm(['ci'], { ...ports, what });
  });
}

const rootName = 'onceover-connector';
const placeOf = (name: string) => `node_modules/${name}`;
const rootSchema = z.looseObject({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Gives npm a root package and the project's settings, and takes all but `node_modules` away again. */
async function installWith<Result>(
  { folder, configFolder }: InstallPorts,
  root: object,
  install: () => Promise<Result>,
): Promise<Result> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: rootName, private: true, ...root }));
  const settings = join(configFolder, '.npmrc');
  if (existsSync(settings)) await symlink(settings, join(folder, '.npmrc'));
  const result = await install();
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'node_modules/.package-lock.json']) {
    await rm(join(folder, name), { force: true });
  }
  await letOthersRead(join(folder, 'node_modules'));
  return result;
}

const npmLockSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({
      name: z.string().optional(),
      version: z.string().optional(),
      integrity: z.string().optional(),
      inBundle: z.literal(true).optional(),
      link: z.boolean().optional(),
      optional: z.boolean().optional(),
      bundleDependencies: z.array(z.string()).optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
      peerDependencies: z.record(z.string(), z.string()).optional(),
      peerDependenciesMeta: z
        .record(z.string(), z.looseObject({ optional: z.boolean().optional() }))
        .optional(),
    }),
  ),
});

/** What npm's own lock says, without what is of no use to install it again. */
async function lockedPackages(folder: string, what: string): Promise<Record<string, LockedPackage>> {
  const { packages } = await readJson(join(folder, 'package-lock.json'), npmLockSchema);
  const entries = Object.entries(packages).filter(
    ([place, { optional }]) => place !== '' && optional !== true,
  );
  return Object.fromEntries(
    entries.map(([place, found]): [string, LockedPackage] => {
      const { name, version, integrity, inBundle, link } = found;
      const isPinned = inBundle === true || integrity?.startsWith('sha512-') === true;
      if (version === undefined || link === true || !isPinned) {
        throw new ConfigurationError(
          `${what} brings ${place.replace(/^.*node_modules\//, '')} without a SHA-512 of the registry (a folder, a repository or an old registry): what it stands for can change. Publish the connector with versions of a registry.`,
          { code: 'package_unpinned' },
        );
      }
      const { bundleDependencies, dependencies, peerDependencies, peerDependenciesMeta } = found;
      const optionalPeers = Object.entries(peerDependenciesMeta ?? {}).map(
        ([peer, { optional = false }]) => [peer, { optional }] as const,
      );
      return [
        place,
        {
          ...(name === undefined ? {} : { name }),
          version,
          ...(integrity === undefined ? {} : { integrity }),
          ...(inBundle === undefined ? {} : { inBundle }),
          ...(bundleDependencies === undefined ? {} : { bundleDependencies }),
          ...(dependencies === undefined ? {} : { dependencies }),
          ...(peerDependencies === undefined ? {} : { peerDependencies }),
          ...(optionalPeers.length === 0 ? {} : { peerDependenciesMeta: Object.fromEntries(optionalPeers) }),
        },
      ];
    }),
  );
}

/** An isolated host may run as a user of its own: it reads what the operator's umask may have kept from others. */
async function letOthersRead(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

async function readJson<Shape>(file: string, schema: z.ZodType<Shape>): Promise<Shape> {
  return schema.parse(JSON.parse(await readFile(file, 'utf8')));
}

function notInstalled(what: string): ConfigurationError {
  return new ConfigurationError(`npm has installed nothing that can be pinned for ${what}.`, {
    code: 'package_unpinned',
  });
}
