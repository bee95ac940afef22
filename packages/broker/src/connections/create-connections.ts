import {
  type ConnectionRow,
  findConnection,
  findConnectionByAccount,
  findGrant,
  findRegistration,
  findRemovedConnection,
  reassignConnection,
  type RegistrationRow,
  type Store,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { ConnectionInfo } from '../call-types.ts';
import type { ConnectorSet } from '../connectors/connector-set.ts';
import { egressTarget, pinnedTarget } from '../egress/egress-target.ts';
import { createExpiringCache } from '../expiring-cache.ts';
import type { Clock } from '../ports.ts';
import type { Vault } from '../vault/create-vault.ts';
import { applyConfig } from './apply-config.ts';
import { checkConfig } from './check-config.ts';
import type { Connection, Hook, RegistrationInfo } from './connection.ts';
import type { ConnectionsConfig } from './connection-config.ts';

/** Connections and registrations. What is read may be a few seconds old; what this process changes shows at once. */
export interface Connections {
  /**
   * Brings registrations, connections and their secrets to what the config says.
   * @throws {ConfigurationError} with the pointer into the config
   */
  applyConfig(config: ConnectionsConfig): Promise<{ changed: number }>;
  /** Undefined for an id that there is not, or that is another tenant's. */
  get(tenant: string, id: string): Promise<ConnectionInfo | undefined>;
  /** Whom a webhook's path names; undefined for an unknown id. */
  byHook(hookId: string): Promise<Hook | undefined>;
  /** The registration's connection for the account of an item; undefined for an unknown account. */
  byAccount(registration: string, account: string): Promise<ConnectionInfo | undefined>;
  /**
   * Gives a connection another owner. Where a config manages it, that holds until the config names a new one.
   * False for an id that there is not, or that is another tenant's.
   */
  reassign(change: { tenant: string; id: string; owner: string; by: string }): Promise<boolean>;
}

/** The same for the broker's own use. */
export interface ConnectionBook extends Connections {
  find(tenant: string, id: string): Promise<Connection | undefined>;
  /** One that nobody uses any more, for what it has left at the vendor. */
  findRemoved(id: string): Promise<Connection | undefined>;
  /** Forgets what was read, so that a change shows at once in this process. */
  forgetRead(): void;
}

export function createConnections(options: {
  store: Store;
  vault: Vault;
  connectors: ConnectorSet;
  mode: 'development' | 'production';
  clock: Clock;
  ttlMs: number;
}): ConnectionBook {
  const { store, vault, connectors, mode, clock, ttlMs } = options;
  const cache = { clock, ttlMs, maxEntries: 10_000 };
  const byId = createExpiringCache<Connection | undefined>(cache);
  const hooks = createExpiringCache<Hook | undefined>(cache);
  const accounts = createExpiringCache<Connection | undefined>(cache);

  const connectionOf = async (row: ConnectionRow | undefined): Promise<Connection | undefined> => {
    if (row === undefined) return undefined;
    const connector = connectors.find(row.connector, row.connectorVersion);
    const registration =
      row.registration === null ? undefined : await findRegistration(store, row.registration);
    const origin = mode === 'development' ? (row.origin ?? registration?.origin ?? null) : null;
    const { tenant, id, account, identity, variables } = row;
    const target = egressTarget(connector.manifest, variables, origin);
    // Where the vendor gives each account a host of its own, the one that was pinned when the grant was given.
    const pinned = connector.manifest.auth.instanceUrl && (await findGrant(store, id))?.origin;
    return {
      info: { tenant, id, connector, account, identity, registration: row.registration, variables },
      target: pinned === undefined ? target : pinnedTarget(target, pinned),
      developmentOrigin: origin === null ? null : target.sendTo,
      grantedScopes: row.grantedScopes,
      rateScale: row.rateScale ?? (origin === null ? 1 : null),
      secrets: { kind: 'connection', id, tenant, connector: connector.id },
    };
  };
  const registrationOf = (row: RegistrationRow): RegistrationInfo => ({
    id: row.id,
    connector: connectors.find(row.connector),
    clientId: row.clientId,
    appId: row.appId,
  });
  const find = async (tenant: string, id: string) => {
    const connection = await byId.get(id, async () => connectionOf(await findConnection(store, id)));
    return connection?.info.tenant === tenant ? connection : undefined;
  };

  const forgetRead = () => {
    for (const one of [byId, hooks, accounts]) one.clear();
  };

  return {
    find,
    findRemoved: async (id) => connectionOf(await findRemovedConnection(store, id)),
    forgetRead,
    async applyConfig(config) {
      const result = await applyConfig(checkConfig(config, connectors, mode), { store, vault, clock });
      forgetRead();
      return result;
    },
    reassign: ({ tenant, id, owner, by }) =>
      withTransaction(store, async (db) => {
        const changed = await reassignConnection(db, { tenant, id, owner });
        if (changed === undefined) return false;
        const payload = { before: changed.before, owner, by, managedBy: changed.managedBy };
        const change = { tenant, kind: 'connection-reassigned', subject: `connections/${id}`, payload };
        await writeChanges(db, [change], clock);
        return true;
      }),
    get: async (tenant, id) => (await find(tenant, id))?.info,
    byHook: (hookId) =>
      hooks.get(hookId, async () => {
        const connection = await connectionOf(await findConnection(store, hookId));
        if (connection !== undefined) return { kind: 'connection', connection: connection.info };
        const registration = await findRegistration(store, hookId);
        return registration && { kind: 'registration', registration: registrationOf(registration) };
      }),
    byAccount: async (registration, account) => {
      const connection = await accounts.get(`${registration}\n${account}`, async () =>
        connectionOf(await findConnectionByAccount(store, { registration, account })),
      );
      return connection?.info;
    },
  };
}
