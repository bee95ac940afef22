export type { Automation } from './automations/open-automation.ts';
export type {
  ConnectionInfo,
  ConnectorSource,
  LoadedConnector,
  OperationCall,
  OperationInfo,
  OperationResult,
  RecordedRead,
  RenderedWrite,
  WriteReport,
} from './call-types.ts';
export type { LookupCall, LookupResult } from './calls/call-operation.ts';
export type { NormalizeCall, NormalizedItem, NormalizeResult } from './calls/normalize-items.ts';
export type {
  ConnectionConfig,
  ConnectionsConfig,
  RegistrationConfig,
} from './connections/connection-config.ts';
export type { Hook, RegistrationInfo } from './connections/connection.ts';
export type { Connections } from './connections/create-connections.ts';
export { changedFile, type HashedFiles, hashFiles, integrityOf } from './connectors/hash-files.ts';
export { loadConnectorFolder } from './connectors/load-connector-folder.ts';
export { requireSameFiles } from './connectors/require-same-files.ts';
export { type Broker, type BrokerOptions, createBroker } from './create-broker.ts';
export type { HookDelivery, HookVerdict } from './deliveries/verify-hook-delivery.ts';
export type { EgressLimits } from './egress/create-egress.ts';
export { hashOfWrite } from './egress/render-write.ts';
export { type AvailableIsolation, detectIsolation } from './hosts/detect-isolation.ts';
export type { Host, HostCallback, IsolationLevel } from './hosts/host.ts';
export type { HostLimits } from './hosts/host-limits.ts';
export { tryConnectorCode } from './hosts/try-code.ts';
export { commandKeyProvider } from './keyring/command-key-provider.ts';
export { fileKeyProvider } from './keyring/file-key-provider.ts';
export { type KeyProvider, textKeyProvider } from './keyring/key-provider.ts';
export type { Keyring } from './keyring/keyring.ts';
export { addKey, openKeyring } from './keyring/open-keyring.ts';
export type { RewrapProgress } from './keyring/rewrap-secrets.ts';
export type { Authorization, OAuth, RevocationResult } from './oauth/oauth.ts';
export type { BrokerCounter, Clock, Counters, Log } from './ports.ts';
export type { GateLimits } from './rate/gate-limits.ts';
export { type HeldBackReason, heldBackReason } from './rate/held-back.ts';
export type { HeldBackConnection } from './rate/list-held-back.ts';
export { Secret } from './secret.ts';
export type { SecretVersion, Vault } from './vault/create-vault.ts';
export type { SecretOwner } from './vault/secret-place.ts';
export type { ReconciledSecret } from './rotation/reconcile-secrets.ts';
export type { RotatedGrant } from './rotation/rotate-grant.ts';
export type { RotationState, SecretStanding, SecretStatus } from './rotation/rotation-state.ts';
export type { HolderStatus, Rotations } from './rotation/rotations.ts';
export type { HolderName } from './rotation/secret-holder.ts';
export type { ConnectorRelease } from './releases/connector-releases.ts';
export type { ScopeTableQuery } from './scopes/read-scope-table.ts';
export type { ScopeTable } from './scopes/scope-table.ts';
export type { SubscriptionState } from './subscriptions/subscription-state.ts';
export type { Subscriptions } from './subscriptions/subscriptions.ts';
