import { defineConfig } from 'vitest/config';

/** `npm test`: one run over every package, connector, application and tool that has a vitest.config.ts. */
export default defineConfig({
  test: {
    projects: [
      'packages/*/vitest.config.ts',
      'connectors/*/vitest.config.ts',
      'apps/*/vitest.config.ts',
      'tooling/*/vitest.config.ts',
    ],
    maxWorkers: 2,
  },
});
