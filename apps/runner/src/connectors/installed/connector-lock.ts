import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError } from '@onceover/contract';
import { z } from 'zod';
import { compareVersions, isExactVersion } from './exact-version.ts';
import { packageName } from './package-spec.ts';

/** `onceover.lock`, beside the config: which connectors are installed, to the byte. It is committed. */

const sha512Schema = z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/, 'must be sha512- and base64');
const versionSchema = z.string().refine(isExactVersion, 'must be an exact version');
const rangesSchema = z.record(z.string().regex(packageName), z.string());

/** Where packages lie below an installation; nothing in it leads out. */
const placeSchema = z
  .string()
  .regex(
    /^node_modules\/(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*(?:\/node_modules\/(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)*$/,
    'must be a place below node_modules',
  );

/** One package of an installation, in the words of npm's own lock. */
const lockedPackageSchema = z.strictObject({
  /** Where it is known by another name than its own. */
  name: z.string().regex(packageName).optional(),
  version: versionSchema,
  integrity: sha512Schema.optional(),
  /** It came inside the tarball of another one, whose integrity covers it. */
  inBundle: z.literal(true).optional(),
  bundleDependencies: z.array(z.string()).optional(),
  dependencies: rangesSchema.optional(),
  peerDependencies: rangesSchema.optional(),
  peerDependenciesMeta: z.record(z.string(), z.strictObject({ optional: z.boolean() })).optional(),
});

const lockedConnectorSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  package: z.string().regex(packageName),
  version: versionSchema,
  /** SHA-512 of the package's tarball, as the registry says it. */
  integrity: sha512Schema,
  /** SHA-512 over the names and contents of all installed files, dependencies included. */
  files: sha512Schema,
  /** A tarball that it came from, relative to the lock; absent: npm's registry. */
  from: z.string().min(1).optional(),
  /** The package and all that it depends on, by their places. */
  packages: z.record(placeSchema, lockedPackageSchema),
});

const lockSchema = z.strictObject({ lockVersion: z.literal(1), connectors: z.array(lockedConnectorSchema) });

export type LockedConnector = z.output<typeof lockedConnectorSchema>;
export type LockedPackage = z.output<typeof lockedPackageSchema>;

export function lockFileIn(folder: string): string {
  return join(folder, 'onceover.lock');
}

/**
 * The connectors that are installed, by id and version; none where there is no lock.
 * @param folder the config's
 * @throws {ConfigurationError} `lock_invalid`
 */
export async function readConnectorLock(folder: string): Promise<readonly LockedConnector[]> {
  const file = lockFileIn(folder);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const parsed = lockSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
    throw new ConfigurationError(
      `${file} is not valid. It is written by \`onceover connectors add\` and \`remove\` alone: bring it back from your version control.\n${problems.join('\n')}`,
      { code: 'lock_invalid', path: `/${parsed.error.issues[0]?.path.join('/') ?? ''}` },
    );
  }
  const { connectors } = parsed.data;
  const twice = connectors.find((one, index) => connectors.findIndex(isSameVersion(one)) !== index);
  if (twice !== undefined) {
    throw new ConfigurationError(`${file} names ${twice.id} ${twice.version} twice. Remove one of the two.`, {
      code: 'lock_invalid',
      path: '/connectors',
    });
  }
  return connectors;
}

export function isSameVersion(wanted: { id: string; version: string }) {
  return (one: { id: string; version: string }) => one.id === wanted.id && one.version === wanted.version;
}

/** Replaces the lock by what `change` makes of it. Whoever reads it sees the one before or the one after. */
export async function changeConnectorLock(
  folder: string,
  change: (connectors: readonly LockedConnector[]) => readonly LockedConnector[],
): Promise<void> {
  const lock = lockFileIn(folder);
  const next = `${lock}.next`;
  const file = await openAlone(next);
  try {
    const connectors = [...change(await readConnectorLock(folder))].sort(byIdAndVersion).map(ordered);
    await file.writeFile(`${JSON.stringify({ lockVersion: 1, connectors }, null, 2)}\n`);
    await file.sync();
    await rename(next, lock);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

const staleMs = 3000;

/** The next lock's file also keeps two commands apart; that of a killed one is in the way for three seconds. */
async function openAlone(path: string): Promise<FileHandle> {
  for (;;) {
    try {
      return await open(path, 'wx');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > staleMs) await rm(path, { force: true });
    else await sleep(50);
  }
}

function byIdAndVersion(a: LockedConnector, b: LockedConnector): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return compareVersions(a.version, b.version);
}

/** The same connector always gives the same bytes. */
function ordered({ id, package: name, version, integrity, files, from, packages }: LockedConnector) {
  return {
    id,
    package: name,
    version,
    integrity,
    files,
    ...(from === undefined ? {} : { from }),
    packages: sorted(packages),
  };
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
