import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider';

/** How this vendor's tokens behave. */
export interface OAuthProfile {
  accessSeconds?: number;
  /** Each refresh gives a new refresh token; the use of an old one ends the whole family. */
  rotates?: boolean;
  /** How long a used refresh token still works. */
  graceSeconds?: number;
  oldAccessDies?: boolean;
  expiresIn?: 'told' | 'absent' | 'null';
  /** Of the scopes that are asked for, what the person gives; all unless given. */
  grants?: readonly string[];
  /** Scopes that the vendor adds by itself. */
  adds?: readonly string[];
  isTokenTypeTold?: boolean;
  /** Fields of each token answer besides the standard's. */
  extra?: Readonly<Record<string, unknown>>;
}

/** Another answer than the real one for a token request, or undefined. `after` runs the real one first. */
export type TokenFault =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { drop: 'after' };

/** A real OAuth server and the API behind it, on loopback. */
export interface OAuthVendor extends AsyncDisposable {
  origin: string;
  profile: OAuthProfile;
  /** Token requests that reached the endpoint, by grant type. */
  tokenCalls: { grantType: string; status: number }[];
  /** How often the reuse of a refresh token ended its family. */
  revokedFamilies: number;
  /** API requests, by status. */
  apiCalls: { status: number; body: string; headers: IncomingMessage['headers'] }[];
  /** Taken in order by the token requests to come. */
  faults: TokenFault[];
  /** Called when a token request arrives; it is not processed when this returns false. */
  onTokenRequest: (() => boolean) | undefined;
  /** Called when a token answer has been made, before it is sent. */
  onTokenAnswer: (() => Promise<void> | void) | undefined;
  /** All access tokens have expired by this server's clock. */
  expireAccessTokens(): void;
  /** Bodies of token and revocation requests. */
  bodies: string[];
}

export const vendorClient = { id: 'example-app', secret: 'canary-client-secret-0123456789' };

/** Everything in memory, and what strict servers do not have: a grace for used refresh tokens. */
function adapters(profile: () => OAuthProfile) {
  const entries = new Map<string, { payload: AdapterPayload; until: number }>();
  const live = (key: string) => {
    const entry = entries.get(key);
    return entry !== undefined && entry.until > Date.now() ? entry.payload : undefined;
  };
  const ofGrant = (grantId: string | undefined) =>
    [...entries].filter(([, { payload }]) => grantId !== undefined && payload.grantId === grantId);
  class MemoryAdapter implements Adapter {
    readonly #model: string;
    constructor(model: string) {
      this.#model = model;
    }
    async upsert(id: string, payload: AdapterPayload, expiresIn: number) {
      const until = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
      entries.set(`${this.#model}:${id}`, { payload, until });
    }
    async find(id: string) {
      const found = live(`${this.#model}:${id}`);
      const { consumed } = found ?? {};
      const { graceSeconds = 0 } = profile();
      const isInGrace =
        this.#model === 'RefreshToken' &&
        typeof consumed === 'number' &&
        Date.now() / 1000 < consumed + graceSeconds;
      return isInGrace ? { ...found, consumed: undefined } : found;
    }
    async findByUid(uid: string) {
      const found = [...entries.keys()].find(
        (key) => live(key)?.uid === uid && key.startsWith(`${this.#model}:`),
      );
      return found === undefined ? undefined : live(found);
    }
    async findByUserCode() {
      return undefined;
    }
    async consume(id: string) {
      const found = live(`${this.#model}:${id}`);
      if (found !== undefined) found.consumed = Math.floor(Date.now() / 1000);
    }
    async destroy(id: string) {
      entries.delete(`${this.#model}:${id}`);
    }
    async revokeByGrantId(grantId: string) {
      for (const [key] of ofGrant(grantId)) if (key.startsWith(`${this.#model}:`)) entries.delete(key);
    }
  }
  return {
    MemoryAdapter,
    expire(model: string) {
      for (const key of entries.keys()) if (key.startsWith(`${model}:`)) entries.delete(key);
    },
    /** Ends all access tokens of a grant but one. */
    keepOnly(grantId: string | undefined, id: string | undefined) {
      for (const [key] of ofGrant(grantId)) {
        if (key.startsWith('AccessToken:') && key !== `AccessToken:${id}`) entries.delete(key);
      }
    },
  };
}

export async function startOAuthVendor(
  profile: OAuthProfile,
  { redirectUri, issuer = 'https://eu.vendor.example' }: { redirectUri: string; issuer?: string },
): Promise<OAuthVendor> {
  const memory = adapters(() => vendor.profile);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const provider = new Provider(issuer, {
    adapter: memory.MemoryAdapter,
    clients: [
      {
        client_id: vendorClient.id,
        client_secret: vendorClient.secret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['test'] },
    scopes: ['orders.read', 'orders.write', 'offline_access'],
    pkce: { required: () => true },
    rotateRefreshToken: () => vendor.profile.rotates ?? true,
    issueRefreshToken: async () => true,
    ttl: {
      AccessToken: () => vendor.profile.accessSeconds ?? 3600,
      ClientCredentials: () => vendor.profile.accessSeconds ?? 3600,
      RefreshToken: () => 86_400,
      Grant: () => 86_400,
      Session: () => 3600,
      Interaction: () => 600,
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      introspection: { enabled: true },
      clientCredentials: { enabled: true },
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    routes: {
      authorization: '/authorize',
      token: '/token',
      revocation: '/revoke',
      introspection: '/introspect',
    },
    renderError(context, out) {
      context.body = out;
    },
    findAccount: (_context, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
  });
  provider.on('grant.revoked', () => {
    vendor.revokedFamilies += 1;
  });
  provider.on('grant.success', ({ oidc }) => {
    const token = oidc.entities.AccessToken;
    if (vendor.profile.oldAccessDies === true) memory.keepOnly(token?.grantId, token?.jti);
  });
  provider.use(async (context, next) => {
    await next();
    if (context.path !== '/token' || context.method !== 'POST') return;
    const grantType = textOf(context.oidc?.params?.['grant_type']);
    if (context.status === 200) context.body = shape(vendor.profile, context.body as Record<string, unknown>);
    vendor.tokenCalls.push({ grantType, status: context.status });
    await vendor.onTokenAnswer?.();
  });

  const interact = async (request: IncomingMessage, response: ServerResponse) => {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login') {
      await provider.interactionFinished(request, response, { login: { accountId: 'account-1' } });
      return;
    }
    const grant = new provider.Grant({
      accountId: session?.accountId,
      clientId: textOf(params['client_id']),
    });
    const asked = textOf(params['scope']).split(' ');
    const given = asked.filter((scope) => vendor.profile.grants?.includes(scope) ?? true);
    grant.addOIDCScope(given.join(' '));
    grant.rejectOIDCScope(asked.filter((scope) => !given.includes(scope)).join(' '));
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    );
  };
  const api = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const held = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
    const status = held === undefined ? 401 : 200;
    vendor.apiCalls.push({ status, body, headers: request.headers });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ id: '1' }));
  };
  const answerProvider = provider.callback();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    if (path.startsWith('/interaction/')) return interact(request, response);
    if (path.startsWith('/orders')) return api(request, response);
    if (request.method === 'POST')
      request.on('data', (chunk: Buffer) => vendor.bodies.push(chunk.toString()));
    if (path === '/token' && vendor.onTokenRequest?.() === false) return;
    const fault = path === '/token' ? vendor.faults.shift() : undefined;
    if (fault === undefined) return answerProvider(request, response);
    if ('drop' in fault) {
      response.end = (() => request.socket.destroy()) as never; // The answer is made, and never arrives.
      return answerProvider(request, response);
    }
    vendor.tokenCalls.push({ grantType: 'fault', status: fault.status });
    await bodyOf(request);
    response
      .writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
      .end(JSON.stringify(fault.body ?? {}));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const vendor: OAuthVendor = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    profile,
    tokenCalls: [],
    revokedFamilies: 0,
    apiCalls: [],
    faults: [],
    onTokenRequest: undefined,
    onTokenAnswer: undefined,
    bodies: [],
    expireAccessTokens() {
      memory.expire('AccessToken');
      memory.expire('ClientCredentials');
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
  return vendor;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function shape(profile: OAuthProfile, body: Record<string, unknown>): Record<string, unknown> {
  const { expires_in: expiresIn, token_type: tokenType, scope, ...rest } = body;
  const scopes = [textOf(scope), ...(profile.adds ?? [])].join(' ').trim();
  return {
    ...rest,
    ...(profile.isTokenTypeTold === false ? {} : { token_type: tokenType }),
    ...(scopes === '' ? {} : { scope: scopes }),
    ...(profile.expiresIn === 'absent'
      ? {}
      : { expires_in: profile.expiresIn === 'null' ? null : expiresIn }),
    ...profile.extra,
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A browser: follows redirects with its cookies until it would leave for the given address. */
export async function browse(url: string, until: string): Promise<URL> {
  const jar = new Map<string, string>();
  let next = url;
  for (let hops = 0; hops < 20; hops += 1) {
    if (next.startsWith(until)) return new URL(next);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`${response.status} at ${next}: ${(await response.text()).slice(0, 500)}`);
    next = new URL(location, next).href;
  }
  throw new Error('too many redirects');
}
