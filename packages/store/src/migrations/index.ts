import { auditLogMigration } from './0001-audit-log.ts';
import { brokerMigration } from './0002-broker.ts';
import { runtimeMigration } from './0003-runtime.ts';
import { oauthMigration } from './0004-oauth.ts';
import { callUseMigration } from './0005-call-use.ts';
import { keyringMigration } from './0006-keyring.ts';
import { connectorVersionsMigration } from './0007-connector-versions.ts';
import { rotationMigration } from './0008-rotation.ts';
import { subscriptionsMigration } from './0009-subscriptions.ts';
import { rateBudgetsMigration } from './0010-rate-budgets.ts';
import type { Migration } from './migration.ts';

/** Every migration, in order. */
export const migrations: readonly Migration[] = [
  auditLogMigration,
  brokerMigration,
  runtimeMigration,
  oauthMigration,
  callUseMigration,
  keyringMigration,
  connectorVersionsMigration,
  rotationMigration,
  subscriptionsMigration,
  rateBudgetsMigration,
];
