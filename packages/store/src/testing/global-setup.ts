import type { TestProject } from 'vitest/node';
import { dropLeftovers, ensureTemplate } from './template-database.ts';
import { startSharedServer, useServer } from './test-server.ts';

/**
 * Vitest's global setup: one PostgreSQL for all packages' test processes.
 * ONCEOVER_TEST_DATABASE_URL (an owner's URL) names another server; testing code alone reads it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ownerUrl = process.env['ONCEOVER_TEST_DATABASE_URL'];
  const server = ownerUrl ? await useServer(ownerUrl) : await startSharedServer(() => {});
  try {
    if (server.isFresh) await dropLeftovers(server);
    await ensureTemplate(server);
  } catch (error) {
    await server.release();
    throw error;
  }
  const { url, apiUrl, auditorUrl } = server;
  project.provide('onceoverPostgres', { url, ownerUrl: server.ownerUrl, apiUrl, auditorUrl });
  return () => server.release();
}
