import { inject } from 'vitest';
import { startPostgres15 } from './start-postgres-15.ts';
import type { TestServer } from './test-server.ts';

/** The servers on which SQL is tested: the bundled one, and the oldest supported one where it is installed. */
export async function testedServers(): Promise<[name: string, server: TestServer][]> {
  const bundled: TestServer = { ...inject('onceoverPostgres'), isFresh: false, release: async () => {} };
  const oldest = await startPostgres15();
  return [
    ['the bundled PostgreSQL 18', bundled],
    ...(oldest ? [['PostgreSQL 15', oldest] as [string, TestServer]] : []),
  ];
}
