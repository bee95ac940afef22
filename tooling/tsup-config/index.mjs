import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defineConfig } from 'tsup';

const writeManifest = fileURLToPath(new URL('./write-manifest.mjs', import.meta.url));

/** The one tsup configuration of the workspace: ESM for Node 26, one entry per export. */
export function packageConfig(entry, { connector = false, ...overrides } = {}) {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node26',
    platform: 'node',
    sourcemap: true,
    dts: true,
    clean: true,
    splitting: true,
    ...overrides,
    ...(connector && { onSuccess: () => emitManifest(overrides.outDir ?? 'dist') }),
  });
}

/**
 * In a process of its own, so that it is the built code under the Node of the workspace that speaks, and so that
 * nothing of the connector stays loaded in the bundler. `node` is the workspace's: pnpm puts node_modules/.bin first.
 */
async function emitManifest(outDir) {
  await promisify(execFile)('node', [writeManifest, outDir]);
}
