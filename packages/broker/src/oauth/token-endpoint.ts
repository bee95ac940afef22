import {
  ConfigurationError,
  OnceoverError,
  RateLimitError,
  readPointerText,
  retryAfterMs,
  UpstreamError,
} from '@onceover/contract';
import {
  authorizationCodeGrant,
  type ClientAuth,
  clientCredentialsGrant,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  refreshTokenGrant,
  tokenIntrospection,
  tokenRevocation,
} from 'openid-client';
import type { Egress } from '../egress/create-egress.ts';
import { createRedact } from '../egress/redact.ts';
import type { Clock } from '../ports.ts';
import { Secret } from '../secret.ts';
import { authTarget, authUrl } from './auth-urls.ts';
import { createTokenFetch, type SeenAnswer } from './token-fetch.ts';
import type { VendorClient } from './vendor-client.ts';

export type TokenReply =
  /** The body as it came. */
  | { kind: 'granted'; json: unknown }
  /** The vendor says that this code or refresh token does not hold. */
  | { kind: 'refused'; error: UpstreamError }
  /** Nobody can say so: rate limits, 5xx, no answer, our own client refused. Never a revocation. */
  | { kind: 'trouble'; error: OnceoverError };

/** The requests of one client to a vendor's token, introspection and revocation endpoints. None rejects. */
export interface TokenEndpoint {
  /** @param callback our redirect URI with the parameters that the vendor added */
  exchangeCode(
    client: VendorClient,
    callback: URL,
    checks: CodeChecks,
    signal: AbortSignal,
  ): Promise<TokenReply>;
  refresh(client: VendorClient, refreshToken: Secret, signal: AbortSignal): Promise<TokenReply>;
  clientCredentials(
    client: VendorClient,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<TokenReply>;
  introspect(client: VendorClient, token: Secret, signal: AbortSignal): Promise<TokenReply>;
  /** RFC 7009, or as the manifest says. */
  revoke(client: VendorClient, tokens: RevokedTokens, signal: AbortSignal): Promise<TokenReply>;
  /** The status that a GET with this access token is answered with; undefined without an answer. */
  probe(
    client: VendorClient,
    url: URL,
    accessToken: Secret,
    signal: AbortSignal,
  ): Promise<number | undefined>;
}

export interface CodeChecks {
  state: string;
  codeVerifier: string;
}

export interface RevokedTokens {
  accessToken: Secret;
  refreshToken: Secret | null;
}

export function createTokenEndpoint({ egress, clock }: { egress: Egress; clock: Clock }): TokenEndpoint {
  type Ask = (configuration: Configuration) => Promise<unknown>;

  /** @param sent what the request carries and no message may show */
  const ask = async (client: VendorClient, sent: readonly Secret[], signal: AbortSignal, request: Ask) => {
    let reply: TokenReply | undefined;
    // While a client secret is rotated two hold at our side, and the vendor may know either.
    for (const secret of client.secrets) {
      const { auth, developmentOrigin } = client;
      const http = createTokenFetch({ egress, developmentOrigin, body: auth.tokenBody, signal });
      const redact = createRedact([...sent, ...client.secrets].map((one) => one.reveal()));
      let failure: unknown;
      try {
        const configuration = configurationOf(client, secret);
        configuration[customFetch] = http.fetch;
        await request(configuration);
      } catch (error) {
        failure = error;
      }
      const seen = http.seen();
      if (failure === undefined) return { kind: 'granted', json: seen?.json } as const;
      reply = replyOf({ client, seen, failure, redact, now: clock.now() });
      if (reply.kind !== 'trouble' || reply.error.code !== 'client_refused') return reply;
    }
    return (
      reply ?? trouble(new ConfigurationError('There is no client secret', { code: 'client_secret_missing' }))
    );
  };

  return {
    exchangeCode: (client, callback, { state, codeVerifier }, signal) =>
      ask(client, codesOf(callback), signal, (configuration) =>
        authorizationCodeGrant(configuration, callback, {
          expectedState: state,
          pkceCodeVerifier: codeVerifier,
        }),
      ),
    refresh: (client, refreshToken, signal) =>
      ask(client, [refreshToken], signal, (configuration) =>
        refreshTokenGrant(configuration, refreshToken.reveal()),
      ),
    clientCredentials: (client, scopes, signal) =>
      ask(client, [], signal, (configuration) =>
        clientCredentialsGrant(
          configuration,
          client.auth.scopeStyle === 'app' ? {} : { scope: scopes.join(' ') },
        ),
      ),
    introspect: (client, token, signal) =>
      ask(client, [token], signal, (configuration) => tokenIntrospection(configuration, token.reveal())),
    async revoke(client, { accessToken, refreshToken }, signal) {
      const { auth, variables, developmentOrigin } = client;
      if (auth.revokeUrl === undefined) {
        return trouble(new ConfigurationError('The vendor has no revocation', { code: 'no_revocation' }));
      }
      const token = refreshToken ?? accessToken;
      if (auth.revocation?.style !== 'delete') {
        return ask(client, [token], signal, (configuration) =>
          tokenRevocation(configuration, token.reveal()),
        );
      }
      const url = authUrl(auth.revokeUrl, variables);
      const target = authTarget(url, developmentOrigin);
      const headers = credentialHeaders(client, accessToken);
      const seen = await egress.send({
        target,
        ...pathOf(url),
        method: 'DELETE',
        headers,
        body: null,
        signal,
      });
      if (seen.state === 'answered' && seen.answer.status < 300) return { kind: 'granted', json: undefined };
      const redact = createRedact([accessToken.reveal()]);
      return replyOf({ client, seen, failure: undefined, redact, now: clock.now() });
    },
    async probe(client, url, accessToken, signal) {
      const target = authTarget(url, client.developmentOrigin);
      const headers = credentialHeaders(client, accessToken);
      const seen = await egress.send({ target, ...pathOf(url), method: 'GET', headers, body: null, signal });
      return seen.state === 'answered' ? seen.answer.status : undefined;
    },
  };
}

function configurationOf(client: VendorClient, secret: Secret): Configuration {
  const { auth, clientId, variables } = client;
  const url = (template: string) => authUrl(template, variables).href;
  const authorize = url(auth.authorizeUrl);
  return new Configuration(
    {
      issuer: auth.issuer === undefined ? new URL(authorize).origin : url(auth.issuer).replace(/\/$/, ''),
      authorization_endpoint: authorize,
      token_endpoint: url(auth.tokenUrl),
      ...(auth.revokeUrl === undefined ? {} : { revocation_endpoint: url(auth.revokeUrl) }),
      ...(auth.introspectUrl === undefined ? {} : { introspection_endpoint: url(auth.introspectUrl) }),
      authorization_response_iss_parameter_supported: auth.issInResponse,
    },
    clientId,
    {},
    clientAuthentication(client, secret),
  );
}

function clientAuthentication({ auth }: VendorClient, secret: Secret): ClientAuth {
  switch (auth.clientAuthentication) {
    case 'basic':
      return ClientSecretBasic(secret.reveal());
    case 'body':
      return ClientSecretPost(secret.reveal());
    case 'secret_as_basic_user':
      return (_server, _client, _body, headers) => {
        headers.set('authorization', `Basic ${Buffer.from(`${secret.reveal()}:`).toString('base64')}`);
      };
    case 'private_key_jwt':
      throw new ConfigurationError('Clients that sign with a private key are not supported yet', {
        code: 'client_authentication_not_available',
      });
  }
}

function codesOf(callback: URL): Secret[] {
  return callback.searchParams.getAll('code').map((code) => new Secret(code));
}

function credentialHeaders({ auth }: VendorClient, accessToken: Secret): Record<string, string> {
  const { header, format } = auth.credential;
  return {
    accept: 'application/json',
    'user-agent': 'onceover',
    [header.toLowerCase()]: format.replaceAll('{accessToken}', () => accessToken.reveal()),
  };
}

function pathOf(url: URL): { path: string; query: string } {
  return { path: url.pathname, query: url.search.slice(1) };
}

const noFacts = { message: [] };

/** What a failed request means. Decided by what came back, not by how a library words it; no cause is kept: it holds tokens. */
function replyOf(facts: {
  client: VendorClient;
  seen: SeenAnswer | undefined;
  failure: unknown;
  redact: (text: string) => string;
  now: Date;
}): TokenReply {
  const { client, seen, failure, redact, now } = facts;
  if (OnceoverError.isInstance(failure)) return trouble(failure);
  if (seen === undefined) return refused('authorization_response', describeFailure(failure, redact));
  if (seen.state !== 'answered') return trouble(seen.error);
  const { status } = seen.answer;
  const code = wordOf(readPointerText(seen.json, '/error'));
  const words = redact(readPointerText(seen.json, '/error_description') ?? '').slice(0, 300);
  const told = `The token endpoint answered ${status}${code === '' ? '' : ` ${code}`}${words === '' ? '' : `: ${words}`}`;
  const afterMs = retryAfterMs(noFacts, seen.answer, now);
  const retry = afterMs === undefined ? 'later' : { afterMs };
  if (status === 429) return trouble(new RateLimitError(told, { code: 'token_endpoint_busy', retry }));
  if (status >= 500)
    return trouble(new UpstreamError(told, { code: 'token_endpoint_failed', status, retry }));
  if (status < 300)
    return trouble(new UpstreamError('The token endpoint answered no token', { code: 'token_answer' }));
  if (code === 'invalid_grant') return refused(code, told);
  if (code === 'invalid_client' || code === 'unauthorized_client' || status === 401) {
    const error = new UpstreamError(
      `${told}. It does not accept our client: check clientId and client secret of the registration "${client.registration}".`,
      { code: 'client_refused', status },
    );
    return trouble(error);
  }
  return trouble(new UpstreamError(told, { code: 'token_endpoint_refused', status, retry }));
}

function trouble(error: OnceoverError): TokenReply {
  return { kind: 'trouble', error };
}

function refused(code: string, message: string): TokenReply {
  return { kind: 'refused', error: new UpstreamError(message, { code, retry: 'never' }) };
}

/** An authorisation response that openid-client does not accept: an error of the vendor's, a wrong `iss` or `state`. */
function describeFailure(failure: unknown, redact: (text: string) => string): string {
  const { error, message = '' } = failure instanceof Error ? (failure as Error & { error?: unknown }) : {};
  const code = wordOf(typeof error === 'string' ? error : undefined);
  return code === ''
    ? `The vendor's answer was not accepted: ${redact(message).slice(0, 300)}`
    : `The vendor said: ${code}`;
}

/** A vendor's error code, or nothing when it is more than a word. */
function wordOf(text: string | undefined): string {
  return text !== undefined && /^[A-Za-z0-9_.-]{1,64}$/.test(text) ? text : '';
}
