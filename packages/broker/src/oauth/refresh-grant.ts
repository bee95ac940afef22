import { AuthenticationError, type OnceoverError, UpstreamError } from '@onceover/contract';
import {
  endGrant,
  type GrantRow,
  listUsableTokenSets,
  postponeRefresh,
  refuseTokenSet,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { Connection } from '../connections/connection.ts';
import type { Counters, Log } from '../ports.ts';
import { readTokenAnswer } from './token-answer.ts';
import type { TokenEndpoint, TokenReply } from './token-endpoint.ts';
import { openTokenSet, storeRefreshed, type TokenSet, type TokenSetPorts } from './token-sets.ts';
import { loadVendorClient, type VendorClient } from './vendor-client.ts';

export interface RefreshPorts extends TokenSetPorts {
  endpoint: TokenEndpoint;
  log: Log;
  counters: Counters;
  /** Longer than all requests of one refresh together, so that nobody asks while an answer may still come. */
  leaseMs: number;
}

/** A lease on a grant: one runner alone speaks with the token endpoint. */
export interface HeldGrant {
  connection: Connection;
  grant: GrantRow;
  epoch: number;
}

/**
 * Refreshes under a lease, and gives the lease back with what came of it.
 * @throws {AuthenticationError} `needs_reauthorization` when the vendor refuses every refresh token that there is
 * @throws {OnceoverError} when it should be tried later; `retry` says when
 */
export async function refreshGrant(held: HeldGrant, ports: RefreshPorts): Promise<void> {
  const signal = AbortSignal.timeout(ports.leaseMs * 0.4);
  try {
    const client = await loadVendorClient(held.connection, ports);
    const outcome =
      held.grant.kind === 'client_credentials'
        ? await renewClientCredentials(held, client, ports, signal)
        : await useRefreshTokens(held, client, ports, signal);
    count(held, ports, outcome);
  } catch (error) {
    if (!isFinal(error)) await postpone(held, error, ports);
    throw error;
  }
}

/** The message for a person whose connection has to be authorised again. */
export function needsReauthorization(connection: string, reason: string | null): AuthenticationError {
  return new AuthenticationError(
    `The vendor does not accept the connection "${connection}" any more${reason === null ? '' : ` (${reason})`}. Authorise it again: onceover connect ${connection}`,
    { code: 'needs_reauthorization' },
  );
}

function isFinal(error: unknown): boolean {
  return error instanceof AuthenticationError && error.code === 'needs_reauthorization';
}

async function renewClientCredentials(
  held: HeldGrant,
  client: VendorClient,
  ports: RefreshPorts,
  signal: AbortSignal,
): Promise<string> {
  const askedAt = performance.now();
  const reply = await ports.endpoint.clientCredentials(client, Object.keys(client.auth.scopes), signal);
  if (reply.kind !== 'granted') throw reply.error;
  await keep(held, held.grant.version, null, reply, askedAt, ports);
  return 'refreshed';
}

/** The refresh token in use, then those of newer sets: an answer that came late to somebody may be the live one. */
async function useRefreshTokens(
  held: HeldGrant,
  client: VendorClient,
  ports: RefreshPorts,
  signal: AbortSignal,
): Promise<string> {
  const { connection, grant } = held;
  const tried = new Set<number>();
  let refusal = 'no_refresh_token';
  for (;;) {
    const usable = await listUsableTokenSets(ports.store, {
      connection: grant.connection,
      from: grant.version,
    });
    const version = usable.find((one) => !tried.has(one));
    if (version === undefined) break;
    tried.add(version);
    const { refreshToken } = await openTokenSet(connection, version, ports.vault);
    if (refreshToken === null) continue;
    const askedAt = performance.now();
    const reply = await ports.endpoint.refresh(client, refreshToken, signal);
    if (reply.kind === 'trouble') throw reply.error;
    if (reply.kind === 'granted') {
      await keep(held, version, refreshToken, reply, askedAt, ports);
      return 'refreshed';
    }
    refusal = reply.error.code;
    await refuseTokenSet(ports.store, { connection: grant.connection, version });
    ports.log.warn(
      { connection: grant.connection, version, code: reply.error.code },
      'the vendor refused a refresh token',
    );
  }
  if (!(await giveUp(held, refusal, ports))) {
    // The lease was lost, and whoever has it now decides.
    throw new UpstreamError('Another runner refreshes this connection', { code: 'refresh_lease_lost' });
  }
  count(held, ports, 'needs_reauthorization');
  throw needsReauthorization(grant.connection, refusal);
}

async function giveUp(
  { connection, epoch }: HeldGrant,
  reason: string,
  ports: RefreshPorts,
): Promise<boolean> {
  const { tenant, id } = connection.info;
  return withTransaction(ports.store, async (db) => {
    const ended = await endGrant(db, { connection: id, epoch, status: 'needs_reauthorization', reason });
    if (ended) {
      const subject = `connections/${id}`;
      const change = {
        tenant,
        kind: 'connection-needs-reauthorization',
        subject,
        payload: { reason, epoch },
      };
      await writeChanges(db, [change], ports.clock);
    }
    return ended;
  });
}

async function keep(
  { connection, epoch }: HeldGrant,
  from: number,
  refreshToken: TokenSet['refreshToken'],
  reply: Extract<TokenReply, { kind: 'granted' }>,
  askedAt: number,
  ports: RefreshPorts,
): Promise<void> {
  const elapsedSeconds = (performance.now() - askedAt) / 1000;
  const answer = readTokenAnswer(connection.info.connector.manifest.auth, reply.json);
  if (answer.instanceOrigin !== undefined && answer.instanceOrigin !== connection.target.origin) {
    ports.log.warn(
      { connection: connection.info.id, pinned: connection.target.origin, told: answer.instanceOrigin },
      'the vendor names another host than the pinned one: calls go on to the pinned one',
    );
  }
  const stored = await storeRefreshed(
    connection,
    { answer, from, refreshToken, epoch, elapsedSeconds },
    ports,
  );
  if (stored.isRevoked) {
    const client = await loadVendorClient(connection, ports);
    const tokens = { accessToken: answer.accessToken, refreshToken: answer.refreshToken ?? refreshToken };
    await ports.endpoint.revoke(client, tokens, AbortSignal.timeout(ports.leaseMs * 0.4));
  }
}

const longestWaitMs = 300_000;

async function postpone(
  { connection, grant, epoch }: HeldGrant,
  error: unknown,
  { store, random, log }: RefreshPorts,
): Promise<void> {
  const { message, code, retry } = error as Partial<OnceoverError>;
  const backoffMs = Math.min(longestWaitMs, 500 * 2 ** Math.min(grant.failures, 12)) * (0.5 + random());
  const afterMs = typeof retry === 'object' ? retry.afterMs : backoffMs;
  const failure = `${code ?? 'unexpected'}: ${message ?? 'the refresh failed'}`.slice(0, 500);
  log.warn(
    { connection: connection.info.id, code, afterMs, failures: grant.failures + 1 },
    'a refresh failed',
  );
  await postponeRefresh(store, { connection: connection.info.id, epoch, afterMs, failure });
}

function count({ connection }: HeldGrant, { counters }: RefreshPorts, outcome: string): void {
  counters.increment('token_refreshes', { connector: connection.info.connector.id, outcome });
}
