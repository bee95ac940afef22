import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthenticationError, UpstreamError } from '@onceover/contract';
import { claimRefresh, findGrant, type GrantRow } from '@onceover/store';
import type { Connection } from '../connections/connection.ts';
import { accessTokenField } from '../connections/secret-fields.ts';
import type { Secret } from '../secret.ts';
import { needsReauthorization, refreshGrant, type RefreshPorts } from './refresh-grant.ts';
import { openTokenSet } from './token-sets.ts';

/**
 * Access tokens for calls, refreshed in time and by one runner at a time. Life spans are counted from the database's
 * answer on a clock that nobody sets: a runner whose own clock is wrong refreshes neither early nor late.
 */
export interface AccessTokens {
  /**
   * @throws {AuthenticationError} `no_credential`, `needs_reauthorization`, `connection_revoked`
   * @throws {OnceoverError} when the token has expired and the token endpoint has trouble
   */
  get(connection: Connection, signal: AbortSignal): Promise<Secret>;
  /**
   * Another token after the vendor answered 401 to this one; undefined when there is none to be had.
   * @throws as `get`
   */
  renew(
    connection: Connection,
    rejected: RejectedToken,
    signal: AbortSignal,
  ): Promise<RenewedToken | undefined>;
  /**
   * Gives the refresh token's family a new token now, under the same lease as every refresh.
   * @throws as `get`
   */
  rotate(connection: Connection, signal: AbortSignal): Promise<void>;
  /**
   * The vendor answered 401 to a fresh token, too: that is final, and for a while it is not renewed again. False: it
   * has expired meanwhile.
   */
  noteRefused(renewed: Secret): boolean;
  /** Forgets what was read of a connection. */
  forget(connection: string): void;
  /** Resolves when no refresh is under way, or after a while: an answer that is on its way must still be stored. */
  settled(timeoutMs: number): Promise<void>;
}

export interface RejectedToken {
  accessToken: Secret;
  /** When it was sent, of `performance.now()`. */
  sentAt: number;
}

export interface RenewedToken {
  accessToken: Secret;
  /** Its refresh began after the rejected one was sent. False: it had begun before, and it may have ended since. */
  isFresh: boolean;
}

export interface AccessTokenPorts extends RefreshPorts {
  /** How old what was read of a grant may be. */
  ttlMs: number;
}

/** A token set as this process knows it. Times are of `performance.now()`. */
interface KnownSet {
  version: number;
  accessToken: Secret;
  expiresAt: number;
  refreshAt: number;
  readAt: number;
  canRefresh: boolean;
}

/** A token set that is being replaced. `work` gives false when it had been before. */
interface Replacing {
  work: Promise<boolean>;
  beganAt: number;
}

const pollMs = 100;
/** How long a call waits for a refresh in advance, before it goes out with a token that may die on its way. */
const politeWaitMs = 3000;
/** How long a token that was refused although it was new keeps its connection from being refreshed because of a 401. */
const refusedForMs = 60_000;

export function createAccessTokens(ports: AccessTokenPorts): AccessTokens {
  const { store, vault, log, leaseMs, ttlMs } = ports;
  const runner = randomUUID();
  const known = new Map<string, KnownSet>();
  const reading = new Map<string, Promise<KnownSet>>();
  const refreshing = new Map<string, Replacing>();
  const facts = new WeakMap<Secret, Pick<KnownSet, 'version' | 'expiresAt'>>();
  const refused = new WeakMap<Secret, number>();

  const load = async (connection: Connection): Promise<KnownSet> => {
    const { id } = connection.info;
    const readAt = performance.now();
    const grant = await findGrant(store, id);
    checkGrant(grant, connection);
    const before = known.get(id);
    const isSame = before?.version === grant.version;
    const tokens = isSame ? undefined : await openTokenSet(connection, grant.version, vault);
    const set: KnownSet = {
      version: grant.version,
      // One object for one token, however often it is read.
      accessToken: tokens?.accessToken ?? (before as KnownSet).accessToken,
      canRefresh:
        tokens === undefined
          ? (before as KnownSet).canRefresh
          : grant.kind === 'client_credentials' || tokens.refreshToken !== null,
      expiresAt: grant.expiresInMs === null ? Number.POSITIVE_INFINITY : readAt + grant.expiresInMs,
      refreshAt: grant.refreshInMs === null ? Number.POSITIVE_INFINITY : readAt + grant.refreshInMs,
      readAt,
    };
    facts.set(set.accessToken, set);
    const other = known.get(id);
    // A look that began earlier may end later.
    if (other !== undefined && other.version > set.version) return other;
    known.set(id, set);
    return set;
  };

  /** What is known, if it is young enough. Callers that come meanwhile share one look. */
  const read = async (connection: Connection): Promise<KnownSet> => {
    const { id } = connection.info;
    const found = known.get(id);
    if (found !== undefined && performance.now() - found.readAt < ttlMs) return found;
    const shared = reading.get(id);
    if (shared !== undefined) return shared;
    const look = load(connection)
      .catch((error: unknown) => {
        known.delete(id);
        throw error;
      })
      .finally(() => reading.delete(id));
    reading.set(id, look);
    return look;
  };

  /** Waits until the version has been replaced, refreshing it if nobody else does. False: it had been before. */
  const replace = async (connection: Connection, version: number, mayWait: boolean): Promise<boolean> => {
    const { id } = connection.info;
    let isFresh = false;
    for (;;) {
      const grant = await findGrant(store, id);
      checkGrant(grant, connection);
      if (grant.version !== version) break;
      if (grant.retryInMs > 0) throw endpointTrouble(grant);
      const claimed = await claimRefresh(store, { connection: id, version, owner: runner, leaseMs });
      if (claimed !== undefined) {
        await refreshGrant({ connection, grant, epoch: claimed.epoch }, ports);
        isFresh = true;
        break;
      }
      if (!mayWait) return false;
      isFresh = true;
      await sleep(pollMs * (0.5 + ports.random()));
    }
    await load(connection);
    return isFresh;
  };

  /** One refresh at a time in this process; callers share it. */
  const replaceOnce = (connection: Connection, version: number, mayWait: boolean): Replacing => {
    const { id } = connection.info;
    const shared = refreshing.get(id);
    if (shared !== undefined) return shared;
    const beganAt = performance.now();
    const work = replace(connection, version, mayWait).finally(() => refreshing.delete(id));
    refreshing.set(id, { work, beganAt });
    return { work, beganAt };
  };

  const replaced = async (
    connection: Connection,
    version: number,
    signal: AbortSignal,
    sentAt = 0,
  ): Promise<RenewedToken> => {
    let isFresh = false;
    for (;;) {
      const { version: now, accessToken } = await read(connection);
      if (now !== version) return { accessToken, isFresh };
      const { work, beganAt } = replaceOnce(connection, version, true);
      isFresh = (await giveUpWith(signal, work)) && beganAt >= sentAt;
    }
  };

  /** A given credential that was refused: a rotation may have put another one in its place, or be about to. */
  const successor = async (connection: Connection, rejected: Secret): Promise<RenewedToken | undefined> => {
    vault.forgetRead();
    const accepted = await vault.accepted(connection.secrets, accessTokenField);
    const order = accepted.filter(({ state }) => state !== 'previous').map(({ secret }) => secret);
    // What is not among them any more was replaced by the first.
    const place = order.findIndex((secret) => secret.reveal() === rejected.reveal());
    const next = order[place + 1];
    return next && { accessToken: next, isFresh: false };
  };

  const given = async ({ secrets }: Connection) => (await vault.get(secrets, accessTokenField))[0];

  return {
    async get(connection, signal) {
      const fixed = await given(connection);
      if (fixed !== undefined) return fixed;
      const set = await read(connection);
      const now = performance.now();
      if (now >= set.expiresAt) {
        if (!set.canRefresh) throw needsReauthorization(connection.info.id, 'its token has expired');
        return (await replaced(connection, set.version, signal)).accessToken;
      }
      if (now >= set.refreshAt && set.canRefresh) {
        // Trouble now is no trouble yet: the token still holds, and a later caller tries again.
        set.refreshAt = now + Math.max(ttlMs, 1000);
        replaceOnce(connection, set.version, false).work.catch((error: unknown) =>
          log.warn({ connection: connection.info.id, err: describe(error) }, 'a refresh in advance failed'),
        );
      }
      const underWay = refreshing.get(connection.info.id);
      if (underWay !== undefined && connection.info.connector.manifest.auth.refresh.oldAccessDies) {
        // Whoever goes out with the old token now would come back with a 401.
        await atMost(
          politeWaitMs,
          giveUpWith(
            signal,
            underWay.work.catch(() => {}),
          ),
        );
        return (await read(connection)).accessToken;
      }
      return set.accessToken;
    },

    async renew(connection, { accessToken, sentAt }, signal) {
      const version = facts.get(accessToken)?.version;
      if (version === undefined) return successor(connection, accessToken);
      const isRefused = performance.now() < (refused.get(accessToken) ?? 0);
      // What is not refreshed here for a while may have been refreshed elsewhere.
      const set = isRefused ? await load(connection) : await read(connection);
      if (set.version !== version) return { accessToken: set.accessToken, isFresh: false };
      if (!set.canRefresh || isRefused) return undefined;
      return replaced(connection, version, signal, sentAt);
    },

    async rotate(connection, signal) {
      const { version } = await load(connection);
      await replaced(connection, version, signal);
    },

    noteRefused(renewed) {
      const now = performance.now();
      if (now >= (facts.get(renewed)?.expiresAt ?? 0)) return false;
      refused.set(renewed, now + refusedForMs);
      return true;
    },

    forget: (connection) => void known.delete(connection),

    async settled(timeoutMs) {
      await atMost(timeoutMs, Promise.allSettled([...refreshing.values()].map(({ work }) => work)));
    },
  };
}

function checkGrant(grant: GrantRow | undefined, { info, target }: Connection): asserts grant is GrantRow {
  if (grant === undefined) {
    throw new AuthenticationError(
      `The connection "${info.id}" is not authorised yet: onceover connect ${info.id}. In development the config may give it "credentials".`,
      { code: 'no_credential' },
    );
  }
  if (grant.status === 'revoked') {
    throw new AuthenticationError(
      `The connection "${info.id}" was disconnected. To use it again: onceover connect ${info.id}`,
      { code: 'connection_revoked' },
    );
  }
  if (grant.status === 'needs_reauthorization') throw needsReauthorization(info.id, grant.reason);
  // The config was changed since: a token goes nowhere but where it was given for.
  const isElsewhere =
    grant.origin !== target.origin ||
    grant.registration !== info.registration ||
    (grant.account !== null && info.account !== null && grant.account !== info.account);
  if (isElsewhere) {
    throw new AuthenticationError(
      `The connection "${info.id}" now names another account, host or registration than it was authorised for. Authorise it again: onceover connect ${info.id}`,
      { code: 'needs_reauthorization' },
    );
  }
}

function endpointTrouble({ connection, retryInMs, lastFailure }: GrantRow): UpstreamError {
  return new UpstreamError(
    `The access token of "${connection}" cannot be refreshed now, and is tried again: ${lastFailure ?? 'the token endpoint had trouble'}`,
    { code: 'token_endpoint_trouble', retry: { afterMs: Math.ceil(retryInMs) } },
  );
}

async function atMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The shared work goes on when one caller's time is over. */
async function giveUpWith<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () =>
    reject(
      new UpstreamError('The access token was not refreshed in time', {
        code: 'refresh_timeout',
        cause: signal.reason,
      }),
    );
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    promise.catch(() => {});
    work.catch(() => {});
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
