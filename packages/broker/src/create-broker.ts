import { guaranteeClass } from '@onceover/contract';
import type { Store } from '@onceover/store';
import { type Automation, openAutomation } from './automations/open-automation.ts';
import type { LoadedConnector, OperationCall, OperationInfo, OperationResult } from './call-types.ts';
import {
  callOperation,
  type LookupCall,
  type LookupResult,
  lookupRecords,
  resolveOperation,
} from './calls/call-operation.ts';
import { type NormalizeCall, normalizeItems, type NormalizeResult } from './calls/normalize-items.ts';
import { type Connections, createConnections } from './connections/create-connections.ts';
import { createConnectorSet } from './connectors/connector-set.ts';
import {
  type HookDelivery,
  type HookVerdict,
  verifyHookDelivery,
} from './deliveries/verify-hook-delivery.ts';
import { createEgress, type EgressLimits } from './egress/create-egress.ts';
import type { Resolve } from './egress/pinned-connector.ts';
import { createHostPool } from './hosts/host-pool.ts';
import type { IsolationLevel } from './hosts/host.ts';
import type { HostLimits } from './hosts/host-limits.ts';
import type { Keyring } from './keyring/keyring.ts';
import { holdKeyringFloor } from './keyring/keyring-floor.ts';
import { type RewrapProgress, rewrapSecrets } from './keyring/rewrap-secrets.ts';
import { createEffectKey } from './keys/create-effect-key.ts';
import { loadDatabaseKey } from './keys/load-database-key.ts';
import { createAccessTokens } from './oauth/access-tokens.ts';
import { createOAuth, type OAuth } from './oauth/oauth.ts';
import { createTokenEndpoint } from './oauth/token-endpoint.ts';
import { createCallGate } from './rate/call-gate.ts';
import type { GateLimits } from './rate/gate-limits.ts';
import { type HeldBackConnection, listHeldBack } from './rate/list-held-back.ts';
import { createRotations, type Rotations } from './rotation/rotations.ts';
import { type ConnectorReleases, openConnectorReleases } from './releases/connector-releases.ts';
import { createCallUseRecorder } from './scopes/call-use.ts';
import { readScopeTable, type ScopeTableQuery } from './scopes/read-scope-table.ts';
import type { ScopeTable } from './scopes/scope-table.ts';
import { type Clock, type Counters, type Log, noCounters, silentLog, systemClock } from './ports.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions/subscriptions.ts';
import { createVault, type Vault } from './vault/create-vault.ts';

export interface BrokerOptions {
  store: Store;
  keyring: Keyring;
  connectors: readonly LoadedConnector[];
  /** Production refuses development origins and secrets in a config. */
  mode: 'development' | 'production';
  clock?: Clock;
  log?: Log;
  counters?: Counters;
  limits?: Partial<EgressLimits>;
  /** How names become addresses; the system's unless given. */
  resolve?: Resolve;
  /** How old what is read of connections and secrets may be. */
  cacheTtlMs?: number;
  /**
   * How code is held; `inline`, which holds nothing back, unless given. What a machine offers, `detectIsolation`
   * tells.
   */
  isolation?: IsolationLevel;
  hostLimits?: Partial<HostLimits>;
  /** How long one runner has a connection's token endpoint for itself: longer than its answers take. */
  refreshLeaseMs?: number;
  /** How long one runner speaks alone with a vendor about a subscription: longer than that takes. */
  subscriptionLeaseMs?: number;
  /** How calls are held back that a vendor would not take. */
  gateLimits?: Partial<GateLimits>;
  /** How long one runner has a rotation's step for itself: longer than its answers take. */
  rotationLeaseMs?: number;
  /** Between 0 and 1, for jitter. */
  random?: () => number;
}

/** Everything that touches a secret or a socket. */
export interface Broker {
  readonly isolation: IsolationLevel;
  readonly connectors: readonly LoadedConnector[];
  readonly connections: Connections;
  readonly vault: Vault;
  readonly oauth: OAuth;
  readonly subscriptions: Subscriptions;
  readonly rotations: Rotations;
  readonly releases: Pick<ConnectorReleases, 'list' | 'release'>;
  /** One step of wrapping everything with the keyring's newest key: at most `limit` secrets. */
  rewrapSecrets(options: { limit: number }): Promise<RewrapProgress>;
  /** 64 hex digits from parts; the same for the same parts in the whole life of the database. */
  effectKey(parts: readonly string[]): string;
  verify(delivery: HookDelivery): Promise<HookVerdict>;
  /** @throws {ConfigurationError} `connection_unknown`, `operation_unknown`, `connector_not_loaded` */
  info(tenant: string, connection: string, operation: string): Promise<OperationInfo>;
  /** Runs an operation in its connector's host. Never rejects. */
  call(call: OperationCall): Promise<OperationResult>;
  /** Finds what became of records whose answer was lost. Never rejects. */
  lookup(call: LookupCall): Promise<LookupResult>;
  /** Reads events out of items. Never rejects. */
  normalize(call: NormalizeCall): Promise<NormalizeResult>;
  /**
   * Declared, granted and used scopes of a connector, at the connections of a tenant or of all.
   * @throws {NotFoundError} `connector_unknown`
   */
  scopeTable(query: ScopeTableQuery): Promise<ScopeTable>;
  /** Connections of all tenants whose calls are held back, by any runner. */
  listHeldBack(): Promise<readonly HeldBackConnection[]>;
  openAutomation(options: { tenant: string; bundleFile: string }): Automation;
  /** Loads the connectors of these connections one by one, so that their first calls do not wait. Never rejects. */
  warm(connections: readonly { tenant: string; id: string }[]): Promise<void>;
  /** Ends hosts and sockets; calls in flight end as lost or unsent. */
  close(): Promise<void>;
}

const refreshGraceMs = 3000;

/** Opens a broker on a migrated database. @throws {OnceoverError} when the keyring is not the database's */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { store, keyring, mode, cacheTtlMs: ttlMs = 5000 } = options;
  const { clock = systemClock, log = silentLog, counters = noCounters } = options;
  await holdKeyringFloor(store, keyring);
  const releases = await openConnectorReleases({ store, connectors: options.connectors, mode, clock, log });
  const connectors = createConnectorSet(options.connectors, releases.isHeld);
  const [effects, digestKey, stateKey] = await Promise.all([
    loadDatabaseKey(store, keyring, 'effects'),
    loadDatabaseKey(store, keyring, 'secret-digests'),
    loadDatabaseKey(store, keyring, 'oauth-state'),
  ]);
  const vault = createVault({ store, keyring, digestKey, clock, ttlMs });
  const connections = createConnections({ store, vault, connectors, mode, clock, ttlMs });
  const egress = createEgress({
    ...(options.limits && { limits: options.limits }),
    ...(options.resolve && { resolve: options.resolve }),
  });
  const hosts = createHostPool({
    level: options.isolation ?? 'inline',
    log,
    ...(options.hostLimits && { limits: options.hostLimits }),
  });
  const { refreshLeaseMs: leaseMs = 30_000, random = Math.random } = options;
  const endpoint = createTokenEndpoint({ egress, clock });
  const grants = {
    store,
    vault,
    connections,
    endpoint,
    clock,
    log,
    counters,
    random,
    stateKey,
    leaseMs,
    ttlMs,
  };
  const accessTokens = createAccessTokens(grants);
  const callUse = createCallUseRecorder({ store, log });
  const { gateLimits: limits } = options;
  const gate = createCallGate({ store, clock, log, counters, random, ...(limits && { limits }) });
  const ports = { store, connections, hosts, egress, clock, counters, log, accessTokens, callUse, gate };
  const effectKey = createEffectKey(effects);
  const rotations = createRotations({
    ...grants,
    connectors,
    hosts,
    egress,
    accessTokens,
    callUse,
    gate,
    mode,
    labelOf: effectKey,
    leaseMs: options.rotationLeaseMs ?? 60_000,
  });
  const subscriptions = createSubscriptions({
    ...ports,
    vault,
    connectors,
    endpoint,
    mode,
    random,
    effectKey,
    leaseMs: options.subscriptionLeaseMs ?? 60_000,
  });
  return {
    isolation: hosts.level,
    connectors: connectors.all,
    connections,
    vault,
    rotations,
    releases,
    oauth: createOAuth({ ...grants, endSubscription: subscriptions.end }, accessTokens),
    rewrapSecrets: (step) => rewrapSecrets({ store, keyring, clock }, step),
    subscriptions,
    effectKey,
    verify: (delivery) =>
      verifyHookDelivery(delivery, {
        connections,
        vault,
        clock,
        counters,
        onPendingUsed: (owner, field, version) => void rotations.noteDelivery(owner, field, version),
      }),
    async info(tenant, connection, operation) {
      const found = await resolveOperation({ tenant, connection, operation }, connections);
      const manifest = found.operation;
      return {
        connection: found.connection.info,
        manifest,
        class: manifest.kind === 'write' ? guaranteeClass(manifest.guarantee) : 'A',
      };
    },
    call: (call) => callOperation(call, ports),
    lookup: (call) => lookupRecords(call, ports),
    normalize: (call) => normalizeItems(call, { connectors, hosts }),
    async scopeTable(query) {
      await callUse.flush();
      return readScopeTable(query, { store, connectors, now: clock.now() });
    },
    listHeldBack: () => listHeldBack(store, clock),
    openAutomation: (automation) => openAutomation(automation, hosts),
    async warm(wanted) {
      for (const { tenant, id } of wanted) {
        const found = await connections.get(tenant, id).catch(() => undefined);
        if (found !== undefined) await hosts.warm(tenant, found.connector);
      }
    },
    async close() {
      await hosts.close();
      releases.close();
      await callUse.close();
      await gate.settled();
      // Tokens that are on their way would be lost, and with them the grant.
      await accessTokens.settled(refreshGraceMs);
      await egress.close();
    },
  };
}
