import type pg from 'pg';
import { throwIfAborted } from './abort.ts';
import { connectOnce } from './connect-once.ts';
import { migrations as ours } from './migrations/index.ts';
import { hashOfMigration, type Migration } from './migrations/migration.ts';
import { applyGrants } from './roles/apply-grants.ts';
import { ensureRoles } from './roles/ensure-roles.ts';
import { type AppliedMigration, appliedMigrations, newerSchema } from './schema-version.ts';
import { StoreError } from './store-error.ts';

/** One migration at a time per database; the number is ours alone. */
const migrateLock = 6_215_104_402n;

const lockTimeoutSeconds = 30;

/** What a migration run did. */
export interface MigrateResult {
  /** The schema's version afterwards. */
  version: number;
  /** The numbers that were applied by this run. */
  applied: number[];
  /** Statements for an administrator, because this login may not create roles. Run them, then migrate again for the grants. */
  administratorStatements: string[];
}

/**
 * Brings the database to this version's schema: roles, migrations (each in a transaction of its own), grants.
 * Concurrent runs wait for one another; repeating is harmless.
 *
 * @throws StoreError `migration_edited`, `schema_newer`, `migration_failed`, `database_unreachable`, `aborted`
 */
export async function migrate(options: {
  ownerUrl: string;
  log?: (message: string) => void;
  signal?: AbortSignal;
  migrations?: readonly Migration[];
  rolePrefix?: string;
}): Promise<MigrateResult> {
  const { ownerUrl, log = () => {}, signal, migrations = ours, rolePrefix } = options;
  throwIfAborted(signal);
  const prefix = rolePrefix === undefined ? {} : { prefix: rolePrefix };
  const administratorStatements = await ensureRoles({ ownerUrl, ...prefix, ...(signal ? { signal } : {}) });
  return connectOnce({ url: ownerUrl, applicationName: 'onceover-migrate', signal }, async (client) => {
    await client.query('select pg_advisory_lock($1)', [migrateLock]);
    // Behind a migration that waits for a table, every later query of that table waits, too.
    await client.query(`set lock_timeout = '${lockTimeoutSeconds}s'`);
    await createMigrationsTable(client);
    const had = await appliedMigrations(client);
    refuseForeignHistory(had, migrations);
    const applied: number[] = [];
    for (const migration of migrations.slice(had.length)) {
      throwIfAborted(signal);
      log(`Migration ${migration.number}: ${migration.name}`);
      await applyMigration(client, migration);
      applied.push(migration.number);
    }
    await applyGrants(client, rolePrefix);
    if (administratorStatements.length > 0) {
      log('This login may not create roles. Have an administrator run these statements, then migrate again:');
      for (const statement of administratorStatements) log(statement);
    }
    return { version: migrations.at(-1)?.number ?? 0, applied, administratorStatements };
  });
}

async function createMigrationsTable(client: pg.Client): Promise<void> {
  await client.query(`
    create schema if not exists onceover;
    create table if not exists onceover.migrations (
      number integer primary key,
      name text not null,
      breaking boolean not null,
      sha256 text not null,
      applied_at timestamptz not null default now()
    );
  `);
}

function refuseForeignHistory(had: AppliedMigration[], migrations: readonly Migration[]): void {
  for (const [index, applied] of had.entries()) {
    const migration = migrations[index];
    if (!migration) {
      throw newerSchema(had.at(-1)?.number ?? 0, migrations.at(-1)?.number ?? 0, applied.name);
    }
    if (applied.number !== migration.number || applied.sha256 !== hashOfMigration(migration)) {
      throw new StoreError(
        'migration_edited',
        `Migration ${applied.number} (${applied.name}) was applied to this database with another content. ` +
          'An applied migration never changes: restore it and put the change into a new one.',
      );
    }
  }
}

async function applyMigration(client: pg.Client, migration: Migration): Promise<void> {
  const { number, name, breaking, sql } = migration;
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query(
      'insert into onceover.migrations (number, name, breaking, sha256) values ($1, $2, $3, $4)',
      [number, name, breaking, hashOfMigration(migration)],
    );
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback').catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(
      'migration_failed',
      `Migration ${number} (${name}) failed and was rolled back: ${reason}. The database is at version ${number - 1}.`,
      { cause },
    );
  }
}
