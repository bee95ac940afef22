import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { ConfigurationError } from '@onceover/contract';
import { build } from 'esbuild';

export interface AutomationBundle {
  /** The folder's name. */
  id: string;
  folder: string;
  /** The bundled module; its default export is a hosted module. */
  file: string;
}

/**
 * Bundles each automation folder into one file that a host can import: the module's exports, served.
 * @param patterns folders, or `parent/*` for every folder in parent, relative to `configFolder`
 * @throws {ConfigurationError} naming the folder and what is wrong in it
 */
export async function bundleAutomations(options: {
  patterns: readonly string[];
  configFolder: string;
  outputFolder: string;
}): Promise<readonly AutomationBundle[]> {
  const folders = (
    await Promise.all(options.patterns.map((pattern) => expand(pattern, options.configFolder)))
  ).flat();
  await mkdir(options.outputFolder, { recursive: true });
  return Promise.all(folders.map((folder) => bundle(folder, options.outputFolder)));
}

async function expand(pattern: string, configFolder: string): Promise<string[]> {
  const path = isAbsolute(pattern) ? pattern : resolve(configFolder, pattern);
  if (!path.endsWith('/*')) return [path];
  const parent = path.slice(0, -2);
  if (!existsSync(parent))
    throw new ConfigurationError(`There is no folder ${parent} (from "${pattern}" in automations).`);
  const entries = await readdir(parent, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(parent, entry.name, 'index.ts')))
    .map((entry) => join(parent, entry.name))
    .sort();
}

async function bundle(folder: string, outputFolder: string): Promise<AutomationBundle> {
  const entry = join(folder, 'index.ts');
  if (!existsSync(entry)) {
    throw new ConfigurationError(
      `${folder} has no index.ts. An automation's index.ts exports what defineFlow and the others made.`,
    );
  }
  const id = folder.split('/').at(-1) ?? 'automation';
  const file = join(outputFolder, `${id}.mjs`);
  try {
    await build({
      stdin: {
        contents: `import * as automation from ${JSON.stringify(entry)};\nimport { serveAutomation } from '@onceover/automation/host';\nexport default serveAutomation(automation);\n`,
        resolveDir: folder,
        sourcefile: `${id}.host.ts`,
        loader: 'ts',
      },
      outfile: file,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node26',
      sourcemap: 'inline',
      logLevel: 'silent',
      // The runner's own copy of the authoring package, wherever the automation's folder lies.
      plugins: [ownPackages()],
    });
  } catch (error) {
    throw new ConfigurationError(
      `Automation ${id} (${folder}) does not build:\n${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
  return { id, folder, file };
}

function ownPackages(): import('esbuild').Plugin {
  const require = createRequire(import.meta.url);
  return {
    name: 'onceover-packages',
    setup({ onResolve, resolve: resolveImport }) {
      onResolve({ filter: /^@onceover\/|^zod($|\/)/ }, async (args) => {
        if (args.pluginData === 'onceover') return undefined;
        return resolveImport(args.path, {
          resolveDir: dirname(require.resolve('@onceover/automation/package.json')),
          kind: args.kind,
          pluginData: 'onceover',
        });
      });
    },
  };
}
