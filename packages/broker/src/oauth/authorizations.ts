import { randomUUID } from 'node:crypto';
import {
  ConfigurationError,
  ConflictError,
  NotFoundError,
  OnceoverError,
  ValidationError,
} from '@onceover/contract';
import {
  endAuthorization,
  findAuthorization,
  findConnection,
  insertAuthorization,
  startAuthorization,
  type Store,
  takeAuthorizationState,
} from '@onceover/store';
import type { Connection } from '../connections/connection.ts';
import type { ConnectionBook } from '../connections/create-connections.ts';
import { accessTokenField } from '../connections/secret-fields.ts';
import { authUrl, browserUrl } from './auth-urls.ts';
import {
  codeChallengeOf,
  codeVerifierOf,
  cookieNameOf,
  digestOf,
  newToken,
} from './authorization-secrets.ts';
import type { Authorization } from './oauth.ts';
import { saveNewGrant } from './save-new-grant.ts';
import type { TokenEndpoint } from './token-endpoint.ts';
import type { TokenSetPorts } from './token-sets.ts';
import { loadVendorClient } from './vendor-client.ts';

export interface AuthorizationPorts extends TokenSetPorts {
  connections: ConnectionBook;
  endpoint: TokenEndpoint;
  /** Makes PKCE verifiers. */
  stateKey: Buffer;
}

/** A ticket, and what starts from it, lives this long. */
const lifeSeconds = 600;
const exchangeTimeoutMs = 20_000;

/** @throws {NotFoundError} `connection_unknown` */
export async function requireConnection(
  { tenant, connection: id }: { tenant: string; connection: string },
  connections: ConnectionBook,
): Promise<Connection> {
  const connection = await connections.find(tenant, id);
  if (connection !== undefined) return connection;
  throw new NotFoundError(`There is no connection "${id}" in this tenant.`, { code: 'connection_unknown' });
}

/** @throws {ConflictError} `credentials_in_config` */
export async function refuseGivenCredentials(
  { info, secrets }: Connection,
  { vault }: Pick<TokenSetPorts, 'vault'>,
): Promise<void> {
  if ((await vault.get(secrets, accessTokenField)).length === 0) return;
  throw new ConflictError(
    `The config gives the connection "${info.id}" its access token. Remove "credentials" there to authorise it at the vendor.`,
    { code: 'credentials_in_config' },
  );
}

/** Makes a ticket: whoever opens its URL first, within ten minutes, goes to the vendor's consent page. */
export async function beginAuthorization(
  asked: { tenant: string; connection: string; by: string },
  ports: AuthorizationPorts,
): Promise<{ id: string; ticket: string; expiresAt: Date }> {
  const connection = await requireConnection(asked, ports.connections);
  await refuseGivenCredentials(connection, ports);
  const client = await asConflict(loadVendorClient(connection, ports));
  const { auth } = client;
  if (!auth.grants.includes('authorization_code')) {
    throw new ConflictError('This vendor knows no consent page: authorise with client credentials.', {
      code: 'grant_not_available',
    });
  }
  const ticket = newToken();
  const id = randomUUID();
  const { expiresAt } = await insertAuthorization(ports.store, {
    id,
    tenant: asked.tenant,
    connection: asked.connection,
    registration: client.registration,
    requestedBy: asked.by,
    requestedScopes: auth.scopeStyle === 'app' ? [] : Object.keys(auth.scopes),
    ticketDigest: digestOf(ticket),
    lifeSeconds,
  });
  return { id, ticket, expiresAt };
}

/** Where to send the browser, and the cookie that binds it. */
export interface StartedAuthorization {
  redirectTo: string;
  cookie: { name: string; value: string; maxAgeSeconds: number };
}

/** Uses a ticket up. @throws {ValidationError} `ticket_invalid` */
export async function openAuthorization(
  { ticket, publicUrl }: { ticket: string; publicUrl: string },
  ports: AuthorizationPorts,
): Promise<StartedAuthorization> {
  const [state, cookie] = [newToken(), newToken()];
  const row = await startAuthorization(ports.store, {
    ticketDigest: digestOf(ticket),
    stateDigest: digestOf(state),
    cookieDigest: digestOf(cookie),
    lifeSeconds,
  });
  if (row === undefined) {
    throw new ValidationError('This link was used before, or is older than ten minutes. Ask for a new one.', {
      code: 'ticket_invalid',
    });
  }
  const connection = await requireConnection(row, ports.connections);
  const { auth, clientId, variables, developmentOrigin } = await loadVendorClient(connection, ports);
  const url = authUrl(auth.authorizeUrl, variables);
  const verifier = codeVerifierOf(ports.stateKey, { state, cookie });
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUriOf(publicUrl, row.registration),
    ...(row.requestedScopes.length === 0 ? {} : { scope: row.requestedScopes.join(' ') }),
    state,
    // Always: a vendor that does not know it ignores it.
    code_challenge: codeChallengeOf(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return {
    redirectTo: browserUrl(url, developmentOrigin),
    cookie: { name: cookieNameOf(state, publicUrl), value: cookie, maxAgeSeconds: lifeSeconds },
  };
}

/** A registration's redirect URI: what is entered at the vendor, letter by letter. */
export function redirectUriOf(publicUrl: string, registration: string): string {
  return `${publicUrl}/v1/oauth/callback/${registration}`;
}

export interface AuthorizationCallback {
  registration: string;
  /** The query as it arrived. */
  query: string;
  cookies: Readonly<Record<string, string | undefined>>;
  publicUrl: string;
}

export interface CompletedAuthorization {
  connection: string;
  /** Why it was not authorised, for a person. */
  failure: string | null;
  /** The cookie that has served its purpose. */
  cookieName: string;
}

/**
 * The browser is back from the vendor: uses the state up and exchanges the code.
 * @throws {ValidationError} `state_invalid` when this browser began no such authorisation
 */
export async function completeAuthorization(
  callback: AuthorizationCallback,
  ports: AuthorizationPorts,
): Promise<CompletedAuthorization> {
  const { registration, publicUrl } = callback;
  const query = new URLSearchParams(callback.query);
  const state = query.get('state') ?? '';
  const cookieName = cookieNameOf(state, publicUrl);
  const cookie = callback.cookies[cookieName] ?? '';
  const row = await takeAuthorizationState(ports.store, {
    registration,
    stateDigest: digestOf(state),
    cookieDigest: digestOf(cookie),
  });
  if (row === undefined) {
    throw new ValidationError(
      'This browser began no authorisation that waits for an answer: its link was opened elsewhere, was used before, or is too old. Ask for a new link.',
      { code: 'state_invalid' },
    );
  }
  try {
    const connection = await requireConnection(row, ports.connections);
    await refuseGivenCredentials(connection, ports);
    const client = await loadVendorClient(connection, ports);
    const url = new URL(redirectUriOf(publicUrl, registration));
    // Parameters of the answer, and no others; where the vendor names no issuer there is nothing to hold `iss` against.
    const known = [
      'code',
      'state',
      'error',
      'error_description',
      ...(client.auth.issuer === undefined ? [] : ['iss']),
    ];
    for (const name of known) for (const value of query.getAll(name)) url.searchParams.append(name, value);
    const codeVerifier = codeVerifierOf(ports.stateKey, { state, cookie });
    const askedAt = performance.now();
    const signal = AbortSignal.timeout(exchangeTimeoutMs);
    const reply = await ports.endpoint.exchangeCode(client, url, { state, codeVerifier }, signal);
    if (reply.kind !== 'granted') throw reply.error;
    await saveNewGrant(
      { connection, client, kind: 'authorization_code', json: reply.json, askedAt, by: row.requestedBy, row },
      ports,
    );
    return { connection: row.connection, failure: null, cookieName };
  } catch (error) {
    const [code, failure] = OnceoverError.isInstance(error)
      ? [error.code, error.message]
      : ['unexpected', 'Something failed on our side. The log of the runner says more.'];
    await endAuthorization(ports.store, { id: row.id, status: 'failed', code, failure });
    if (!OnceoverError.isInstance(error)) throw error;
    return { connection: row.connection, failure, cookieName };
  }
}

/** Authorises without a person, where the vendor has client credentials. */
export async function authorizeClient(
  asked: { tenant: string; connection: string; by: string },
  ports: AuthorizationPorts,
): Promise<void> {
  const connection = await requireConnection(asked, ports.connections);
  await refuseGivenCredentials(connection, ports);
  const client = await asConflict(loadVendorClient(connection, ports));
  if (!client.auth.grants.includes('client_credentials')) {
    throw new ConflictError('This vendor has no client credentials: authorise at its consent page.', {
      code: 'grant_not_available',
    });
  }
  const askedAt = performance.now();
  const signal = AbortSignal.timeout(exchangeTimeoutMs);
  const scopes = Object.keys(client.auth.scopes);
  const reply = await ports.endpoint.clientCredentials(client, scopes, signal);
  if (reply.kind !== 'granted') {
    throw new ConflictError(reply.error.message, { code: reply.error.code, cause: reply.error });
  }
  await saveNewGrant(
    {
      connection,
      client,
      kind: 'client_credentials',
      json: reply.json,
      askedAt,
      by: asked.by,
      row: undefined,
    },
    ports,
  );
}

/** @throws {NotFoundError} `authorization_unknown` */
export async function describeAuthorization(
  asked: { tenant: string; connection: string; id: string },
  { store }: { store: Store },
): Promise<Authorization> {
  const row = await findAuthorization(store, asked);
  const connection = row && (await findConnection(store, row.connection));
  if (row === undefined || connection === undefined) {
    throw new NotFoundError('There is no such authorisation.', { code: 'authorization_unknown' });
  }
  const status = row.isExpired ? 'expired' : row.status === 'exchanging' ? 'started' : row.status;
  return { id: row.id, connection: row.connection, status, failure: row.failure, expiresAt: row.expiresAt };
}

/** What the config lacks is the caller's to see. */
async function asConflict<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConflictError(error.message, { code: error.code, cause: error });
  }
}
