export { defineQuery, type Queryable, type SqlQuery } from './define-query.ts';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded/start-embedded-postgres.ts';
export type { RootOptions } from './embedded/server-place.ts';
export type { Subscription } from './listen.ts';
export { migrate, type MigrateResult } from './migrate.ts';
export { migrations } from './migrations/index.ts';
export type { Migration } from './migrations/migration.ts';
export { openStore, type Store, type StoreConnection, type StoreOptions } from './open-store.ts';
export { type AuditLeafRow, insertAuditLeaf } from './queries/index.ts';
export {
  claimHookIds,
  type ConnectionListRow,
  type ConnectionRow,
  type DatabaseKeyRow,
  deleteLink,
  findConnection,
  findConnectionByAccount,
  findDatabaseKey,
  findLinks,
  findRegistration,
  type HookIdRow,
  insertDatabaseKey,
  insertSecretVersion,
  listActiveSecretVersions,
  listConnections,
  listSecretVersions,
  lockHookId,
  type RegistrationRow,
  removeMissingConnections,
  type SecretState,
  type SecretVersionRow,
  setGrantedScopes,
  setSecretState,
  upsertConnection,
  upsertRegistration,
} from './queries/index.ts';
export {
  type ClaimedLaneRow,
  claimLanes,
  type ClaimedRunLane,
  claimRunLanes,
  type EffectRow,
  extendLanes,
  findAuditLeaves,
  findKnownEvents,
  type LaneClaimer,
  type LaneRunRow,
  type NewLaneRow,
  loadRunProgress,
  type ProgressRows,
  type RecordedEvents,
  recordEvents,
  releaseLane,
  saveProgress,
  type StepRow,
} from './queries/index.ts';
export {
  type AcceptedDeliveries,
  acceptDeliveries,
  claimHook,
  findKnownDeliveries,
  findKnownItems,
  findOwnKeys,
  type LaneItemRow,
  listQueuedHooks,
  loadLaneItems,
  nextDeliveries,
  notifyWork,
  type QueuedDeliveryRow,
  type RecordedItems,
  recordItems,
  releaseHooks,
  type SettledItems,
  settleItems,
} from './queries/index.ts';
export {
  addToCounters,
  countEverything,
  type CountRow,
  createRunPartitions,
  type EventRow,
  findRun,
  hasWork,
  type LaneRow,
  listEvents,
  listLanes,
  listQuarantine,
  listRuns,
  type QuarantineRow,
  type RunRow,
} from './queries/index.ts';
export {
  advanceGrant,
  type AuthorizationRow,
  type AuthorizationStatus,
  claimRefresh,
  demoteSecretVersions,
  endAuthorization,
  endGrant,
  findAuthorization,
  findGrant,
  findLastTokenSet,
  findSecretVersion,
  findTokenSetByAnswer,
  type GrantKind,
  type GrantRow,
  type GrantStatus,
  insertAuthorization,
  insertTokenSet,
  listUsableTokenSets,
  lockGrant,
  addCallUse,
  type CallUseListRow,
  type CallUseRow,
  listCallUse,
  listGrants,
  type MissingScope,
  type NewAuthorization,
  type NewGrant,
  postponeRefresh,
  reassignConnection,
  refuseTokenSet,
  saveGrant,
  setConnectionAccount,
  setScopeFindings,
  startAuthorization,
  takeAuthorizationState,
} from './queries/index.ts';
export { auditRole } from './roles/audit-role.ts';
export { ensureRoles, groupNames, type RoleLogin, type RoleName } from './roles/ensure-roles.ts';
export { type AppliedMigration, appliedMigrations, requireSchema, schemaVersion } from './schema-version.ts';
export { hasSqlState, isConnectionLost, isRefuted, isRetryable, sqlStateOf } from './sql-state.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export { type RetryOptions, withRetry } from './with-retry.ts';
export { type TransactionOptions, withTransaction } from './with-transaction.ts';
