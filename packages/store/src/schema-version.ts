import { defineQuery, type Queryable } from './define-query.ts';
import { migrations as ours } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { StoreError } from './store-error.ts';

/** A migration that the database says it has had. */
export interface AppliedMigration {
  number: number;
  name: string;
  breaking: boolean;
  sha256: string;
}

const findMigrationsTable = defineQuery<[], { exists: boolean }>(
  'find-migrations-table',
  `select to_regclass('onceover.migrations') is not null as exists`,
);

const listAppliedMigrations = defineQuery<[], AppliedMigration>(
  'list-applied-migrations',
  'select number, name, breaking, sha256 from onceover.migrations order by number',
);

/** The migrations that the database has had, in order; none for an empty database. */
export async function appliedMigrations(db: Queryable): Promise<AppliedMigration[]> {
  const { exists } = await findMigrationsTable.one(db, []);
  return exists ? listAppliedMigrations.rows(db, []) : [];
}

/** The number of the last migration that the database has had; 0 for an empty database. */
export async function schemaVersion(db: Queryable): Promise<number> {
  return (await appliedMigrations(db)).at(-1)?.number ?? 0;
}

/**
 * Refuses a database that this version cannot work with: an older schema, or a newer one whose later migrations are
 * breaking. A newer schema without a breaking step is served, so that runners can be replaced one by one.
 *
 * @throws StoreError `schema_older`, `schema_newer`
 */
export async function requireSchema(db: Queryable, migrations: readonly Migration[] = ours): Promise<void> {
  const applied = await appliedMigrations(db);
  const has = applied.at(-1)?.number ?? 0;
  const needs = migrations.at(-1)?.number ?? 0;
  if (has < needs) {
    throw new StoreError(
      'schema_older',
      `The database has schema version ${has}, this version of Onceover needs ${needs}. Run \`onceover migrate\`.`,
    );
  }
  const breaking = applied.find((migration) => migration.number > needs && migration.breaking);
  if (breaking) throw newerSchema(has, needs, breaking.name);
}

/** The error for a database from a later version. */
export function newerSchema(has: number, needs: number, name: string): StoreError {
  return new StoreError(
    'schema_newer',
    `The database has schema version ${has} (${name}), this version of Onceover knows ${needs} at most. Update Onceover.`,
  );
}
