import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { build, type BuildResult } from 'esbuild';
import { hostModules, ownPackages } from './bundle-plugins.ts';

export interface AutomationBundle {
  /** The folder's name. */
  id: string;
  folder: string;
  /** The bundled module; its default export is a hosted module. Named by its content. */
  file: string;
}

/** A runner that runs from its sources bundles the authoring packages from theirs. */
const isSource = import.meta.filename.endsWith('.ts');

interface AutomationFolder {
  id: string;
  folder: string;
}

/**
 * Bundles each automation folder into one file that a host can import: the module's exports, served.
 * @param options.patterns folders, or `parent/*` for every folder in parent, relative to `configFolder`
 * @throws {ConfigurationError} naming the folder and what is wrong in it
 */
export async function bundleAutomations(options: {
  patterns: readonly string[];
  configFolder: string;
  outputFolder: string;
}): Promise<readonly AutomationBundle[]> {
  const { patterns, configFolder, outputFolder } = options;
  const found = await Promise.all(patterns.map((pattern) => expand(pattern, configFolder)));
  const automations = [...new Set(found.flat())].map((folder) => ({ id: basename(folder), folder }));
  refuseTwins(automations);
  if (automations.length === 0) return [];
  // All in one go: what they have in common is read once.
  const result = await buildAll(automations, outputFolder).catch(() => undefined);
  const { outputFiles } = result ?? (await explainFailure(automations, outputFolder));
  await mkdir(outputFolder, { recursive: true });
  await Promise.all(outputFiles.map(({ path, contents }) => writeOnce(path, contents)));
  const files = outputFiles.map(({ path }) => path).filter((path) => path.endsWith('.mjs'));
  return automations.map(({ id, folder }) => {
    const file = files.find((path) => isBundleOf(id, path));
    if (file === undefined)
      throw new ConfigurationError(`Automation ${id} (${folder}) was bundled to no file.`);
    return { id, folder, file };
  });
}

async function expand(pattern: string, configFolder: string): Promise<string[]> {
  const path = isAbsolute(pattern) ? pattern : resolve(configFolder, pattern);
  if (!pattern.endsWith('/*')) {
    requireEntry(path);
    return [path];
  }
  const parent = path.slice(0, -2);
  if (!existsSync(parent)) {
    throw new ConfigurationError(
      `There is no folder ${parent} (from "${pattern}" in automations). Create it, or correct the path.`,
      { code: 'automation_missing', path: '/automations' },
    );
  }
  const entries = await readdir(parent, { withFileTypes: true });
  return entries
    .filter((entry) => existsSync(join(parent, entry.name, 'index.ts')))
    .map((entry) => join(parent, entry.name))
    .sort();
}

function requireEntry(folder: string): void {
  if (existsSync(join(folder, 'index.ts'))) return;
  throw new ConfigurationError(
    `${folder} has no index.ts. An automation's index.ts exports what defineFlow and the others made.`,
    { code: 'automation_missing', path: '/automations' },
  );
}

function refuseTwins(automations: readonly AutomationFolder[]): void {
  const seen = new Map<string, string>();
  for (const { id, folder } of automations) {
    const other = seen.get(id);
    if (other !== undefined) {
      throw new ConfigurationError(
        `Two automations are called "${id}": ${other} and ${folder}. Rename one folder.`,
        { code: 'automation_twice', path: '/automations' },
      );
    }
    seen.set(id, folder);
  }
}

function buildAll(
  automations: readonly AutomationFolder[],
  outputFolder: string,
): Promise<BuildResult<{ write: false }>> {
  return build({
    entryPoints: automations.map(({ id, folder }) => ({ in: hostModules.pathOf(folder), out: id })),
    outdir: outputFolder,
    entryNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    ...(isSource && { conditions: ['@onceover/source', 'module'] }),
    sourcemap: 'linked',
    logLevel: 'silent',
    plugins: [hostModules.plugin(), ownPackages()],
  });
}

/** Builds them one by one, to say which of them does not build. */
async function explainFailure(
  automations: readonly AutomationFolder[],
  outputFolder: string,
): Promise<{ outputFiles: BuildResult<{ write: false }>['outputFiles'] }> {
  const problems: string[] = [];
  const outputFiles: BuildResult<{ write: false }>['outputFiles'] = [];
  for (const automation of automations) {
    try {
      outputFiles.push(...(await buildAll([automation], outputFolder)).outputFiles);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(`Automation ${automation.id} (${automation.folder}) does not build:\n${reason}`);
    }
  }
  if (problems.length === 0) return { outputFiles };
  throw new ConfigurationError(`${problems.join('\n')}\nCorrect it, or remove it from "automations".`, {
    code: 'automation_invalid',
    path: '/automations',
  });
}

function isBundleOf(id: string, file: string): boolean {
  const name = basename(file);
  return name.startsWith(`${id}-`) && /^[A-Z0-9]{8}\.mjs$/.test(name.slice(id.length + 1));
}

/** A file's name stands for its content, and another process may be reading it: it appears whole, or not at all. */
async function writeOnce(file: string, contents: Uint8Array): Promise<void> {
  if (existsSync(file)) return;
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, contents);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}
