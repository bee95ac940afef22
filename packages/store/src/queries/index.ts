export { type AuditLeafRow, insertAuditLeaf } from './insert-audit-leaf.ts';
export { addCallUse, type CallUseRow } from './add-call-use.ts';
export { claimHookIds, type HookIdRow } from './claim-hook-ids.ts';
export { countKeyringUse, type KeyringUseRow } from './count-keyring-use.ts';
export { deleteLink } from './delete-link.ts';
export {
  type ConnectionRow,
  findConnection,
  findConnectionByAccount,
  findRemovedConnection,
} from './find-connection.ts';
export { findDatabaseKey } from './find-database-key.ts';
export { findKeyringFloor } from './find-keyring-floor.ts';
export { findLinks } from './find-links.ts';
export { findRegistration, findRemovedRegistration, type RegistrationRow } from './find-registration.ts';
export { type DatabaseKeyRow, insertDatabaseKey } from './insert-database-key.ts';
export { insertSecretVersion } from './insert-secret-version.ts';
export { type CallUseListRow, listCallUse } from './list-call-use.ts';
export { type ConnectorVersionRow, listConnectorVersions } from './list-connector-versions.ts';
export { listGrants } from './list-grants.ts';
export { type ConnectionListRow, listConnections } from './list-connections.ts';
export {
  listAcceptedSecretVersions,
  listActiveSecretVersions,
  listSecretVersions,
  type SecretState,
  type SecretVersionRow,
} from './list-secret-versions.ts';
export {
  listWrappedSecrets,
  type WrappedSecretRow,
} from './list-wrapped-secrets.ts';
export { lockConnectorVersions } from './lock-connector-versions.ts';
export { lockHookId } from './lock-hook-id.ts';
export { raiseKeyringFloor } from './raise-keyring-floor.ts';
export { removeMissingConnections } from './remove-missing-connections.ts';
export { setGrantedScopes } from './set-granted-scopes.ts';
export { saveConnectorVersion } from './save-connector-version.ts';
export { setWrappedDatabaseKey, setWrappedKey } from './set-wrapped-key.ts';
export { setSecretState } from './set-secret-state.ts';
export { upsertConnection } from './upsert-connection.ts';
export { upsertRegistration } from './upsert-registration.ts';
export { type ClaimedLaneRow, claimLanes } from './claim-lanes.ts';
export { extendLanes } from './extend-lanes.ts';
export { findKnownEvents } from './find-known-events.ts';
export { type ClaimedRunLane, claimRunLanes, type LaneRunRow } from './claim-run-lanes.ts';
export {
  type EffectRow,
  loadRunProgress,
  type StepRow,
} from './load-run-progress.ts';
export type { NewLaneRow } from './fan-out-batch.ts';
export { type LaneClaimer, type RecordedEvents, recordEvents } from './record-events.ts';
export { type ProgressRows, saveProgress } from './save-progress.ts';
export { findAuditLeaves } from './find-audit-leaves.ts';
export { releaseLane } from './release-lane.ts';
export { type AcceptedDeliveries, acceptDeliveries } from './accept-deliveries.ts';
export { claimHook } from './claim-hook.ts';
export { findKnownDeliveries } from './find-known-deliveries.ts';
export { findKnownItems } from './find-known-items.ts';
export { findOwnKeys } from './find-own-keys.ts';
export { listQueuedHooks } from './list-queued-hooks.ts';
export { type LaneItemRow, loadLaneItems } from './load-lane-items.ts';
export { nextDeliveries, type QueuedDeliveryRow } from './next-deliveries.ts';
export { type RecordedItems, recordItems } from './record-items.ts';
export { releaseHooks } from './release-hooks.ts';
export { type SettledItems, settleItems } from './settle-items.ts';
export { addToCounters } from './add-to-counters.ts';
export { countEverything, type CountRow } from './count-everything.ts';
export { createRunPartitions } from './create-run-partitions.ts';
export { hasWork } from './has-work.ts';
export { type EventRow, listEvents } from './list-events.ts';
export { type LaneRow, listLanes } from './list-lanes.ts';
export { listQuarantine, type QuarantineRow } from './list-quarantine.ts';
export { findRun, listRuns, type RunRow } from './list-runs.ts';
export { notifyWork } from './notify-work.ts';
export { advanceGrant } from './advance-grant.ts';
export { claimRefresh } from './claim-refresh.ts';
export { demoteSecretVersions } from './demote-secret-versions.ts';
export { endAuthorization } from './end-authorization.ts';
export { endGrant } from './end-grant.ts';
export { type AuthorizationRow, type AuthorizationStatus, findAuthorization } from './find-authorization.ts';
export { findGrant, type GrantKind, type GrantRow, type GrantStatus, lockGrant } from './find-grant.ts';
export { findSecretVersion } from './find-secret-version.ts';
export { findLastTokenSet, findTokenSetByAnswer, listUsableTokenSets } from './find-token-sets.ts';
export { insertAuthorization, type NewAuthorization } from './insert-authorization.ts';
export { insertTokenSet } from './insert-token-set.ts';
export { postponeRefresh } from './postpone-refresh.ts';
export { reassignConnection } from './reassign-connection.ts';
export { refuseTokenSet } from './refuse-token-set.ts';
export { type MissingScope, type NewGrant, saveGrant } from './save-grant.ts';
export { setConnectionAccount } from './set-connection-account.ts';
export { setScopeFindings } from './set-scope-findings.ts';
export { startAuthorization } from './start-authorization.ts';
export { takeAuthorizationState } from './take-authorization-state.ts';
export { type ClaimedSubscriptionRow, claimSubscription } from './claim-subscription.ts';
export { dropSubscriptionIntent } from './drop-subscription-intent.ts';
export { findLastDelivery, type LastDelivery } from './find-last-delivery.ts';
export { intendSubscription } from './intend-subscription.ts';
export { listSubscriptionOwners, type SubscriptionOwnerRow } from './list-subscription-owners.ts';
export { renewSubscriptionIntent } from './renew-subscription-intent.ts';
export { releaseSubscription } from './release-subscription.ts';
export { saveSubscription } from './save-subscription.ts';
export { type CallGateRow, listCallGates } from './list-call-gates.ts';
export { claimProbe } from './claim-probe.ts';
export { closeBreaker } from './close-breaker.ts';
export { leaseRateBudget, type RateLease } from './lease-rate-budget.ts';
export { openBreaker } from './open-breaker.ts';
export { pauseCalls } from './pause-calls.ts';
export { releaseProbe } from './release-probe.ts';
export { countGrantFamilies } from './count-grant-families.ts';
export { claimRotation } from './claim-rotation.ts';
export { findConnectionOfRegistration } from './find-connection-of-registration.ts';
export { findOpenRotation, findRotation, type RotationRow, type RotationStep } from './find-rotation.ts';
export { findSubscriptionId } from './find-subscription-id.ts';
export { hastenRevocations } from './hasten-revocations.ts';
export { expireLeases } from './expire-leases.ts';
export { expireOverlaps } from './expire-overlaps.ts';
export { hurryRotation } from './hurry-rotation.ts';
export { insertRotation, type NewRotation } from './insert-rotation.ts';
export { listDueRotations } from './list-due-rotations.ts';
export { listLatestRotations, listRotations } from './list-rotations.ts';
export { listSecretOwners, type SecretOwnerRow } from './list-secret-owners.ts';
export { noteSignedDelivery } from './note-signed-delivery.ts';
export { postponeRotation } from './postpone-rotation.ts';
export { type RotationChange, saveRotation } from './save-rotation.ts';
