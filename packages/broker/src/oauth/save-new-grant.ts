import { randomUUID } from 'node:crypto';
import { ConflictError, readGrantedScopes } from '@onceover/contract';
import {
  type AuthorizationRow,
  endAuthorization,
  findLastTokenSet,
  type GrantKind,
  hasSqlState,
  insertTokenSet,
  lockHookId,
  saveGrant,
  setConnectionAccount,
  setGrantedScopes,
  withTransaction,
} from '@onceover/store';
import { writeChanges } from '../audit/write-changes.ts';
import type { Connection } from '../connections/connection.ts';
import type { AuthorizationPorts } from './authorizations.ts';
import { findScopeDifferences } from './scope-findings.ts';
import { readTokenAnswer, type TokenAnswer } from './token-answer.ts';
import { insertTokens, lifeOf } from './token-sets.ts';
import type { VendorClient } from './vendor-client.ts';

export interface NewlyGranted {
  connection: Connection;
  client: VendorClient;
  kind: GrantKind;
  json: unknown;
  /** `performance.now()` when the tokens were asked for. */
  askedAt: number;
  by: string;
  /** The authorisation that this ends; undefined without a person. */
  row: AuthorizationRow | undefined;
}

/**
 * Stores a new grant with its first token set, for the account that the connection is for. A grant for another
 * account is revoked and not kept.
 * @throws {ConflictError} `account_mismatch`, `account_taken`
 */
export async function saveNewGrant(granted: NewlyGranted, ports: AuthorizationPorts): Promise<void> {
  const { connection, client, askedAt } = granted;
  const answer = readTokenAnswer(client.auth, granted.json);
  const elapsedSeconds = (performance.now() - askedAt) / 1000;
  try {
    requireAccount(connection, answer);
    const scopes = await grantedScopesOf(granted, answer, ports);
    await store(granted, answer, { scopes, elapsedSeconds }, ports);
  } catch (error) {
    if (error instanceof ConflictError) await giveBack(client, answer, ports);
    throw error;
  }
  ports.connections.forgetRead();
}

function requireAccount({ info }: Connection, { account }: TokenAnswer): void {
  if (info.account === null || account === undefined || info.account === account) return;
  throw new ConflictError(
    `The vendor's account ${account} was authorised, and the connection "${info.id}" is for ${info.account}. Sign in there to the right account and try again.`,
    { code: 'account_mismatch' },
  );
}

/** Null: the vendor does not tell. */
async function grantedScopesOf(
  { client, row }: NewlyGranted,
  answer: TokenAnswer,
  ports: AuthorizationPorts,
): Promise<readonly string[] | null> {
  const { auth } = client;
  if (auth.grantedFrom.kind === 'introspection') {
    const told = await ports.endpoint.introspect(client, answer.accessToken, AbortSignal.timeout(10_000));
    return told.kind === 'granted' ? (readGrantedScopes(auth, told.json) ?? null) : null;
  }
  if (answer.grantedScopes !== undefined) return answer.grantedScopes;
  // RFC 6749, 5.1: an answer without `scope` grants what was asked for.
  const isTold = auth.grantedFrom.kind === 'scope-string' && auth.scopeStyle === 'request';
  return isTold ? (row?.requestedScopes ?? Object.keys(auth.scopes)) : null;
}

async function store(
  { connection, client, kind, by, row }: NewlyGranted,
  answer: TokenAnswer,
  { scopes, elapsedSeconds }: { scopes: readonly string[] | null; elapsedSeconds: number },
  { store: database, vault, clock, random }: AuthorizationPorts,
): Promise<void> {
  const { tenant, id, connector } = connection.info;
  const account = answer.account ?? connection.info.account;
  const origin = answer.instanceOrigin ?? connection.target.origin;
  const { missing, excess } = findScopeDifferences(connector.manifest, scopes);
  const life = lifeOf(answer.lifetimeSeconds, elapsedSeconds, random);
  await withTransaction(database, async (db) => {
    await lockHookId(db, id);
    const version = (await findLastTokenSet(db, id)) + 1;
    const tokens = { accessToken: answer.accessToken, refreshToken: answer.refreshToken ?? null };
    await insertTokens(db, connection, tokens, { version, isInUse: true, vault, putBy: 'authorization' });
    await insertTokenSet(db, {
      connection: id,
      version,
      tenant,
      answer: randomUUID(),
      refreshedFrom: null,
      epoch: null,
      grantedScopes: scopes,
      expiresInSeconds: life.expiresInSeconds,
    });
    await saveGrant(db, {
      connection: id,
      tenant,
      registration: client.registration,
      kind,
      origin,
      account,
      missingScopes: missing,
      excessScopes: excess,
      version,
      ...life,
      authorizedBy: by,
    });
    await setGrantedScopes(db, { tenant, id, scopes });
    if (account !== null) await setAccount(db, { tenant, id, account });
    if (row !== undefined) await endAuthorization(db, { id: row.id, status: 'authorized' });
    const payload = {
      version,
      kind,
      by,
      registration: client.registration,
      account,
      scopes,
      missing,
      excess,
    };
    await writeChanges(
      db,
      [{ tenant, kind: 'connection-authorized', subject: `connections/${id}`, payload }],
      clock,
    );
  });
}

async function setAccount(...[db, change]: Parameters<typeof setConnectionAccount>): Promise<void> {
  try {
    await setConnectionAccount(db, change);
  } catch (cause) {
    if (!hasSqlState(cause, '23505')) throw cause;
    throw new ConflictError(
      `Another connection of this registration is already authorised for the vendor's account ${change.account}.`,
      { code: 'account_taken', cause },
    );
  }
}

/** Tokens that nobody will use are ended at the vendor, where that can be done. */
async function giveBack(
  client: VendorClient,
  answer: TokenAnswer,
  { endpoint }: AuthorizationPorts,
): Promise<void> {
  if (client.auth.revokeUrl === undefined) return;
  const tokens = { accessToken: answer.accessToken, refreshToken: answer.refreshToken ?? null };
  await endpoint.revoke(client, tokens, AbortSignal.timeout(10_000));
}
