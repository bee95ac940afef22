export { type AuditLeafRow, insertAuditLeaf } from './insert-audit-leaf.ts';
export { claimHookIds, type HookIdRow } from './claim-hook-ids.ts';
export { deleteLink } from './delete-link.ts';
export { type ConnectionRow, findConnection, findConnectionByAccount } from './find-connection.ts';
export { findDatabaseKey } from './find-database-key.ts';
export { findLinks } from './find-links.ts';
export { findRegistration, type RegistrationRow } from './find-registration.ts';
export { type DatabaseKeyRow, insertDatabaseKey } from './insert-database-key.ts';
export { insertSecretVersion } from './insert-secret-version.ts';
export { type ConnectionListRow, listConnections } from './list-connections.ts';
export {
  listActiveSecretVersions,
  listSecretVersions,
  type SecretState,
  type SecretVersionRow,
} from './list-secret-versions.ts';
export { lockHookId } from './lock-hook-id.ts';
export { removeMissingConnections } from './remove-missing-connections.ts';
export { setGrantedScopes } from './set-granted-scopes.ts';
export { setSecretState } from './set-secret-state.ts';
export { upsertConnection } from './upsert-connection.ts';
export { upsertRegistration } from './upsert-registration.ts';
export { type ClaimedLaneRow, claimLanes } from './claim-lanes.ts';
export { extendLanes } from './extend-lanes.ts';
export { findKnownEvents } from './find-known-events.ts';
export { type LaneRunRow, loadLaneRuns } from './load-lane-runs.ts';
export {
  type CallRow,
  type EffectRow,
  loadEffects,
  loadRunProgress,
  type StepRow,
} from './load-run-progress.ts';
export { type RecordedEvents, recordEvents } from './record-events.ts';
export { type ProgressRows, saveProgress } from './save-progress.ts';
export { findAuditLeaves } from './find-audit-leaves.ts';
export { releaseLane } from './release-lane.ts';
