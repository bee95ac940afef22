import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const SOURCE = '@onceover/source';

// Naming a condition replaces vite's own list, so that list is repeated here.
const viteDefaults = ['module', 'node', 'development|production'];
const nodeDefaults = ['node', 'module-sync'];

/** Starts or adopts the one PostgreSQL of a test run; every test file makes its own database in it. */
const databaseSetup = fileURLToPath(
  new URL('../../packages/store/src/testing/global-setup.ts', import.meta.url),
);

/** Processes that tests start from sources need half the time when others did so before. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/node-compile', import.meta.url));

/**
 * The one vitest configuration of the workspace: its packages are read as sources, by vite and by Node (vitest hands
 * the conditions to its workers, and a process that a test forks inherits them).
 */
export function packageTests({ database = false, globalSetup = [], ...overrides } = {}) {
  return defineConfig({
    resolve: { conditions: [SOURCE, ...viteDefaults] },
    ssr: {
      resolve: { conditions: [SOURCE, ...viteDefaults], externalConditions: [SOURCE, ...nodeDefaults] },
    },
    test: {
      include: ['src/**/*.test.ts'],
      passWithNoTests: false,
      restoreMocks: true,
      env: { NODE_COMPILE_CACHE: compileCache },
      maxWorkers: 2,
      // Generous, because a loaded machine is slow and not wrong; what waits for ever still ends.
      testTimeout: 30_000,
      hookTimeout: 60_000,
      expect: { poll: { timeout: 10_000 } },
      globalSetup: [...(database ? [databaseSetup] : []), ...[globalSetup].flat()],
      ...overrides,
    },
  });
}
