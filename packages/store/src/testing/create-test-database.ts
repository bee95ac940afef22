import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { connectOnce } from '../connect-once.ts';
import { hasSqlState } from '../sql-state.ts';
import { ensureTemplate, templateName, testDatabasePrefix } from './template-database.ts';
import { atDatabase, type DatabaseUrls } from './test-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    onceoverPostgres: DatabaseUrls;
  }
}

/** A migrated database of one's own. `await using`, or `drop()` when done. */
export interface TestDatabase extends DatabaseUrls, AsyncDisposable {
  name: string;
  /** Drops the database, open connections and all. Safe to call twice. */
  drop(): Promise<void>;
}

const applicationName = 'onceover-tests';

/**
 * Creates a migrated, empty database: one per test file. The package's vitest configuration must be `databaseTests()`.
 *
 * @param options.isMigrated false gives a database without Onceover's schema
 */
export async function createTestDatabase(options: { isMigrated?: boolean } = {}): Promise<TestDatabase> {
  return createDatabaseOn(inject('onceoverPostgres'), options);
}

/** The same on a server of the caller's choice. */
export async function createDatabaseOn(
  server: DatabaseUrls,
  { isMigrated = true }: { isMigrated?: boolean } = {},
): Promise<TestDatabase> {
  const name = `${testDatabasePrefix}${process.pid}_${randomBytes(6).toString('hex')}`;
  const run = (sql: string) =>
    connectOnce({ url: server.ownerUrl, applicationName }, async (client) => void (await client.query(sql)));
  const template = pg.escapeIdentifier(isMigrated ? templateName() : 'template0');
  const create = `create database ${pg.escapeIdentifier(name)} template ${template}`;
  try {
    await run(create);
  } catch (error) {
    // The template was never made here, or another run with other migrations cleaned it away.
    if (!hasSqlState(error, '3D000')) throw error;
    await ensureTemplate(server);
    await run(create);
  }
  const drop = () => run(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  return { name, ...atDatabase(server, name), drop, [Symbol.asyncDispose]: drop };
}
