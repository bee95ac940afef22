import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

const namespace = 'onceover-automation';

/** Entry modules that are not on disk: an automation's exports, served to a host. */
export const hostModules = {
  pathOf: (folder: string) => `${namespace}:${folder}`,
  plugin: (): Plugin => ({
    name: namespace,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${namespace}:`) }, ({ path }) => ({
        path: path.slice(namespace.length + 1),
        namespace,
      }));
      onLoad({ filter: /.*/, namespace }, ({ path: folder }) => ({
        contents: `import * as automation from ${JSON.stringify(join(folder, 'index.ts'))};
import { serveAutomation } from '@onceover/automation/host';
export default serveAutomation(automation);
`,
        resolveDir: folder,
        loader: 'ts',
      }));
    },
  }),
};

/** The runner's own copy of the authoring packages, wherever the automation's folder lies. */
export function ownPackages(): Plugin {
  const require = createRequire(import.meta.url);
  return {
    name: 'onceover-packages',
    setup({ onResolve, resolve: resolveImport }) {
      const resolveDir = dirname(require.resolve('@onceover/automation/package.json'));
      onResolve({ filter: /^@onceover\/|^zod($|\/)/ }, async ({ path, kind, pluginData }) =>
        pluginData === namespace
          ? undefined
          : resolveImport(path, { resolveDir, kind, pluginData: namespace }),
      );
    },
  };
}
