import { defineConfig } from 'tsup';

/** The one tsup configuration of the workspace: ESM for Node 26, one entry per export. */
export function packageConfig(entry, overrides = {}) {
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
  });
}
