import { createHash } from 'node:crypto';

/** One numbered step of the schema. Once released it never changes: a correction is a new number. */
export interface Migration {
  /** 1, 2, 3 …, without gaps. */
  number: number;
  name: string;
  /** Whether an older runner cannot work with the schema after it and must stop first. */
  breaking: boolean;
  /** Runs in one transaction, with no search path: every name carries its schema. */
  sql: string;
}

/** What an applied migration is recognised by: editing it afterwards is refused. */
export function hashOfMigration(migration: Migration): string {
  return createHash('sha256').update(`${migration.number} ${migration.name}\n${migration.sql}`).digest('hex');
}
