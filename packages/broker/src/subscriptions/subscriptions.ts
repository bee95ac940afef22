import { ConfigurationError, type ErrorData } from '@onceover/contract';
import {
  findLastDelivery,
  findSubscriptionId,
  type LastDelivery,
  listSubscriptionOwners,
  type SubscriptionOwnerRow,
} from '@onceover/store';
import { brokerErrorData } from '../broker-error-data.ts';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionBook } from '../connections/create-connections.ts';
import { hookUrl, requireReachable } from './hook-url.ts';
import { isWanted } from './plan-changes.ts';
import {
  type ReconcilePorts,
  type ReconcileResult,
  reconcileSubscription,
} from './reconcile-subscription.ts';
import { ownerOfRegistration, type RegistrationPorts } from './registration-owner.ts';
import {
  hookOwnerOf,
  ownerOfConnection,
  type SubscriptionOwner,
  subscriptionOf,
} from './subscription-owner.ts';
import type { SubscriptionState } from './subscription-state.ts';
import { vendorSubscriptions } from './vendor-subscriptions.ts';

/** Webhook subscriptions at vendors: kept by us where the manifest says how, else described for a person. */
export interface Subscriptions {
  /**
   * Sees to it that the vendor calls the connection's webhook exactly once for each event, and says how it stands.
   * What fails is a `problem`. @throws {ConfigurationError} `connection_unknown`
   */
  keep(asked: AskedConnection & { by: string }): Promise<SubscriptionState>;
  /** Looks at the vendor's list and changes nothing. @throws {ConfigurationError} `connection_unknown` */
  look(asked: AskedConnection): Promise<SubscriptionState>;
  /** Removes what is the connection's own, before it is disconnected. @throws {ConfigurationError} `connection_unknown` */
  end(asked: { tenant: string; connection: string; by: string }): Promise<EndedSubscription>;
  /**
   * Keeps all of them that are due, and ends those of connections and registrations that nobody uses any more. What
   * goes to a development origin is left alone unless asked for. Never rejects.
   */
  keepAll(asked: {
    publicUrl: string;
    signal: AbortSignal;
    withDevelopment?: boolean;
  }): Promise<{ looked: number; failed: number }>;
  /** The last verified delivery of a hook; undefined when there was none. */
  lastDelivery(hook: string): Promise<LastDelivery | undefined>;
}

export interface EndedSubscription {
  removed: number;
  /** Why what was there may be there still. */
  problem: ErrorData | null;
}

interface AskedConnection {
  tenant: string;
  connection: string;
  publicUrl: string;
}

export interface SubscriptionPorts extends ReconcilePorts, RegistrationPorts {
  connections: ConnectionBook;
}

const lookMs = 30_000;
/** How many subscriptions one runner looks after at a time. */
const atOnce = 4;

export function createSubscriptions(ports: SubscriptionPorts): Subscriptions {
  const { store, connections, accessTokens, log } = ports;

  const find = async ({
    tenant,
    connection: id,
  }: Pick<AskedConnection, 'tenant' | 'connection'>): Promise<Connection> => {
    const connection = await connections.find(tenant, id);
    if (connection !== undefined) return connection;
    throw new ConfigurationError(`The tenant ${tenant} has no connection "${id}"`, {
      code: 'connection_unknown',
    });
  };
  const ownerOf = async (connection: Connection): Promise<SubscriptionOwner | undefined> => {
    const own = ownerOfConnection(connection, accessTokens);
    if (own !== undefined || connection.info.registration === null) return own;
    return ownerOfRegistration(connection.info.registration, false, ports);
  };
  const described = async (
    asked: AskedConnection,
    work: (owner: SubscriptionOwner) => Promise<Partial<SubscriptionState>>,
  ): Promise<SubscriptionState> => {
    const connection = await find(asked);
    const state = describe(connection, asked.publicUrl);
    if (state.kind !== 'automatic') return state;
    try {
      const owner = await ownerOf(connection);
      return owner === undefined ? state : { ...state, ...(await work(owner)) };
    } catch (error) {
      return { ...state, problem: brokerErrorData(error) };
    }
  };
  /** One of `keepAll`. Undefined: there is nothing to do for it. */
  const keepOne = async (
    row: SubscriptionOwnerRow,
    publicUrl: string,
  ): Promise<ReconcileResult | undefined> => {
    const owner =
      row.kind === 'registration'
        ? await ownerOfRegistration(row.id, row.isRemoved, ports)
        : await ownConnection(row, ports);
    if (owner === undefined) return undefined;
    if (!isTime(row, owner, hookUrl(publicUrl, row.id))) return undefined;
    const order = { publicUrl: row.isRemoved ? null : publicUrl, by: 'runner', wait: false };
    return reconcileSubscription(owner, order, ports);
  };

  return {
    keep: ({ by, ...asked }) =>
      described(asked, async (owner) => {
        const order = { publicUrl: asked.publicUrl, by, wait: true };
        return stateOf(await reconcileSubscription(owner, order, ports));
      }),
    look: (asked) =>
      described(asked, async (owner) => {
        requireReachable(asked.publicUrl, owner.connection.target);
        const listed = await vendorSubscriptions(owner, ports, AbortSignal.timeout(lookMs)).list();
        const wanted = { url: hookUrl(asked.publicUrl, owner.id), topics: owner.subscription.topics };
        const known = await findSubscriptionId(store, owner.id);
        const fitting = listed.filter((one) => isWanted(one, wanted, known));
        return stateOf({ made: 0, removed: 0, fitting });
      }),
    async end({ by, ...asked }) {
      const owner = ownerOfConnection(await find(asked), accessTokens);
      if (owner === undefined) return { removed: 0, problem: null };
      try {
        const done = await reconcileSubscription(owner, { publicUrl: null, by, wait: true }, ports);
        return { removed: done?.removed ?? 0, problem: null };
      } catch (error) {
        return { removed: 0, problem: brokerErrorData(error) };
      }
    },
    async keepAll({ publicUrl, signal, withDevelopment = false }) {
      let [looked, failed] = [0, 0];
      const rows = (await listSubscriptionOwners(store).catch(() => [])).values();
      // They share the rows: a vendor that does not answer keeps one of them busy, and the others go on.
      const keepSome = async () => {
        for (const row of rows) {
          if (signal.aborted) break;
          if (row.isDevelopment && !withDevelopment) continue;
          try {
            if ((await keepOne(row, publicUrl)) !== undefined) looked += 1;
          } catch (error) {
            failed += 1;
            const { code, message } = brokerErrorData(error);
            log.warn(
              { [row.kind]: row.id, code, reason: message },
              'a webhook subscription is not as it should be',
            );
          }
        }
      };
      await Promise.all(Array.from({ length: atOnce }, keepSome));
      return { looked, failed };
    },
    lastDelivery: (hook) => findLastDelivery(store, hook),
  };
}

/**
 * At its time; at once for a newer version of the connector and for another URL. While runners are replaced one by one,
 * older ones leave to the newer ones what those have looked at, so that they do not undo each other's work.
 */
function isTime(row: SubscriptionOwnerRow, { connection }: SubscriptionOwner, url: string): boolean {
  const { version } = connection.info.connector;
  const order = version.localeCompare(row.checkedVersion ?? '', 'en', { numeric: true });
  if (order < 0 && row.isWatched) return false;
  return row.isDue || order > 0 || row.checkedUrl !== url;
}

async function ownConnection(
  { tenant, id, isRemoved }: { tenant: string; id: string; isRemoved: boolean },
  { connections, accessTokens }: SubscriptionPorts,
): Promise<SubscriptionOwner | undefined> {
  const connection = isRemoved ? await connections.findRemoved(id) : await connections.find(tenant, id);
  return connection && ownerOfConnection(connection, accessTokens);
}

/** What the manifest says, before anybody has looked. */
function describe(connection: Connection, publicUrl: string): SubscriptionState {
  const subscription = subscriptionOf(connection.info.connector.manifest);
  if (subscription === undefined) return { ...nothing, kind: 'none' };
  const owner = hookOwnerOf(connection, subscription);
  const url = hookUrl(publicUrl, owner.id);
  return {
    ...nothing,
    kind: 'list' in subscription ? 'automatic' : 'manual',
    hook: { ...owner, url },
    topics: 'list' in subscription ? subscription.topics : [],
    steps: (subscription.manual ?? []).map((step) => step.replaceAll('{url}', url)),
    page: subscription.page ?? null,
    test: subscription.test ?? null,
  };
}

const nothing: SubscriptionState = {
  kind: 'none',
  hook: null,
  topics: [],
  listed: null,
  isActive: true,
  steps: [],
  page: null,
  test: null,
  made: 0,
  removed: 0,
  problem: null,
};

function stateOf(result: ReconcileResult | undefined): Partial<SubscriptionState> {
  if (result === undefined) return {};
  const { made, removed, fitting } = result;
  return { made, removed, listed: fitting.length, isActive: fitting.every((one) => one.isActive) };
}
