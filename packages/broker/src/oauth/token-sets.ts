import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OnceoverError } from '@onceover/contract';
import {
  advanceGrant,
  demoteSecretVersions,
  findTokenSetByAnswer,
  insertTokenSet,
  lockGrant,
  type Queryable,
  setGrantedScopes,
  setScopeFindings,
  type Store,
  withTransaction,
} from '@onceover/store';
import { z } from 'zod';
import { writeChanges } from '../audit/write-changes.ts';
import type { Connection } from '../connections/connection.ts';
import { tokenSetField } from '../connections/secret-fields.ts';
import type { Clock } from '../ports.ts';
import { Secret } from '../secret.ts';
import type { Vault } from '../vault/create-vault.ts';
import { findScopeDifferences } from './scope-findings.ts';
import type { TokenAnswer } from './token-answer.ts';

/** The tokens of one version. */
export interface TokenSet {
  accessToken: Secret;
  refreshToken: Secret | null;
}

export interface TokenSetPorts {
  store: Store;
  vault: Vault;
  clock: Clock;
  /** Between 0 and 1. */
  random: () => number;
}

const storedSchema = z.object({ accessToken: z.string(), refreshToken: z.string().nullable() });

/** @throws {OnceoverError} `secret_unreadable`, `token_set_missing` */
export async function openTokenSet(connection: Connection, version: number, vault: Vault): Promise<TokenSet> {
  const secret = await vault.open(connection.secrets, tokenSetField, version);
  if (secret === undefined) {
    throw new OnceoverError(`The token set ${version} of ${connection.info.id} is not in the vault`, {
      code: 'token_set_missing',
    });
  }
  const { accessToken, refreshToken } = storedSchema.parse(JSON.parse(secret.reveal()));
  return {
    accessToken: new Secret(accessToken),
    refreshToken: refreshToken === null ? null : new Secret(refreshToken),
  };
}

/** Puts a token set into the vault, in the caller's transaction. */
export async function insertTokens(
  db: Queryable,
  { secrets }: Connection,
  tokens: TokenSet,
  { version, isInUse, vault, putBy }: { version: number; isInUse: boolean; vault: Vault; putBy: string },
): Promise<void> {
  const content = JSON.stringify({
    accessToken: tokens.accessToken.reveal(),
    refreshToken: tokens.refreshToken?.reveal() ?? null,
  });
  if (isInUse) await demoteSecretVersions(db, { owner: secrets.id, field: tokenSetField });
  const state = isInUse ? 'current' : 'previous';
  await vault.insert(db, secrets, tokenSetField, new Secret(content), { version, state, putBy });
}

/**
 * When an access token expires and when it should be refreshed, in seconds from now. The vendor's count began, at the
 * latest, when we asked. Runners and connections do not all refresh at the same part of a token's life.
 */
export function lifeOf(
  lifetimeSeconds: number | null,
  elapsedSeconds: number,
  random: () => number,
): { expiresInSeconds: number | null; refreshInSeconds: number | null } {
  if (lifetimeSeconds === null) return { expiresInSeconds: null, refreshInSeconds: null };
  const part = 0.8 + (random() - 0.5) * 0.1;
  return {
    expiresInSeconds: lifetimeSeconds - elapsedSeconds,
    refreshInSeconds: lifetimeSeconds * part - elapsedSeconds,
  };
}

/** What a refresh gave. */
export interface RefreshAnswer {
  answer: TokenAnswer;
  /** The version whose refresh token was used, and that token: it holds on where the answer has no new one. */
  from: number;
  refreshToken: Secret | null;
  epoch: number;
  elapsedSeconds: number;
}

export interface StoredAnswer {
  version: number;
  /** False: somebody else's answer is in use, and this one is only kept. */
  isInUse: boolean;
  /** The connection was disconnected meanwhile: these tokens must be revoked. */
  isRevoked: boolean;
}

const storeAttempts = 12;

/**
 * Keeps what a refresh gave, whoever holds the lease by now: an answer that came late may be the only live one. It
 * becomes the set in use unless another one has taken the place of the set that it was refreshed from. Tried again
 * while the database is away, because nobody else has these tokens; each answer is stored once.
 */
export async function storeRefreshed(
  connection: Connection,
  refreshed: RefreshAnswer,
  ports: TokenSetPorts,
): Promise<StoredAnswer> {
  const id = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withTransaction(ports.store, (db) => storeOnce(db, id, connection, refreshed, ports));
    } catch (error) {
      if (attempt >= storeAttempts) throw error;
      await sleep(Math.min(5000, 20 * 2 ** attempt));
    }
  }
}

async function storeOnce(
  db: Queryable,
  id: string,
  connection: Connection,
  { answer, from, refreshToken, epoch, elapsedSeconds }: RefreshAnswer,
  { vault, clock, random }: TokenSetPorts,
): Promise<StoredAnswer> {
  const { tenant, id: name, connector } = connection.info;
  const grant = await lockGrant(db, name);
  if (grant === undefined) throw new OnceoverError('The grant is gone', { code: 'grant_missing' });
  // An earlier attempt whose commit nobody confirmed.
  const known = await findTokenSetByAnswer(db, id);
  const isRevoked = grant.status === 'revoked';
  if (known !== undefined) return { version: known, isInUse: grant.version === known, isRevoked };

  const version = grant.lastVersion + 1;
  const isInUse =
    !isRevoked &&
    (grant.epoch === epoch || grant.version === from || grant.status === 'needs_reauthorization');
  const life = lifeOf(answer.lifetimeSeconds, elapsedSeconds, random);
  const tokens = { accessToken: answer.accessToken, refreshToken: answer.refreshToken ?? refreshToken };
  await insertTokens(db, connection, tokens, { version, isInUse, vault, putBy: 'refresh' });
  const grantedScopes = answer.grantedScopes ?? null;
  await insertTokenSet(db, {
    connection: name,
    version,
    tenant,
    answer: id,
    refreshedFrom: from,
    epoch,
    grantedScopes,
    expiresInSeconds: life.expiresInSeconds,
  });
  await advanceGrant(db, { connection: name, version, isInUse, epoch, ...life });
  if (isInUse && grantedScopes !== null) {
    await setGrantedScopes(db, { tenant, id: name, scopes: grantedScopes });
    await setScopeFindings(db, {
      connection: name,
      ...findScopeDifferences(connector.manifest, grantedScopes),
    });
  }
  const payload = { version, from, epoch, isInUse, expiresInSeconds: answer.lifetimeSeconds };
  await writeChanges(
    db,
    [{ tenant, kind: 'token-set-stored', subject: `connections/${name}`, payload }],
    clock,
  );
  return { version, isInUse, isRevoked };
}
