import type { ViteUserConfig } from 'vitest/config';

export interface PackageTestsOptions extends NonNullable<ViteUserConfig['test']> {
  /** The tests need PostgreSQL: one server is started (or adopted) for the whole run. */
  database?: boolean;
}

export function packageTests(options?: PackageTestsOptions): ViteUserConfig;
