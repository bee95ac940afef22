import { defineConfig } from 'vitest/config';

/** The one vitest configuration of the workspace: sources are read through the `@onceover/source` condition. */
export function packageTests(overrides = {}) {
  return defineConfig({
    resolve: { conditions: ['@onceover/source'] },
    ssr: { resolve: { conditions: ['@onceover/source'], externalConditions: ['@onceover/source'] } },
    test: {
      include: ['src/**/*.test.ts'],
      passWithNoTests: false,
      restoreMocks: true,
      ...overrides,
    },
  });
}
