import { auditLogMigration } from './0001-audit-log.ts';
import { brokerMigration } from './0002-broker.ts';
import type { Migration } from './migration.ts';

/** Every migration, in order. */
export const migrations: readonly Migration[] = [auditLogMigration, brokerMigration];
