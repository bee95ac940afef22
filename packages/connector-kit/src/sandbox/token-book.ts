import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';

/** How a vendor's refresh tokens behave: the same words as in a manifest's auth. */
export interface TokenFacts {
  rotates: 'always' | 'sometimes' | 'never';
  /** A refresh ends the access token that came before. */
  oldAccessDies: boolean;
  /** How long a replaced refresh token still works. */
  graceSeconds: number;
  /** Null: access tokens do not expire. */
  accessSeconds: number | null;
}

export interface TokenGrant {
  accessToken: string;
  refreshToken: string;
  scopes: readonly string[];
  expiresInSeconds: number | null;
}

export interface TokenBook {
  /** A new grant, as after a person's consent. */
  grant(scopes: readonly string[]): TokenGrant;
  /** Undefined when the refresh token is unknown, replaced or revoked. */
  refresh(refreshToken: string): TokenGrant | undefined;
  /** An authorisation code, good for one exchange. */
  issueCode(facts: { scopes: readonly string[]; redirectUri: string; codeChallenge?: string }): string;
  /** Undefined when the code is unknown or used, or does not belong to the redirect URI or the verifier. */
  redeemCode(code: string, proof: { redirectUri: string; codeVerifier?: string }): TokenGrant | undefined;
  isValid(accessToken: string): boolean;
  scopesOf(token: string): readonly string[] | undefined;
  revoke(token: string): void;
  /** Ends the whole grant that a token belongs to. */
  end(token: string): void;
  /** Whether a client secret is accepted: any one, until the vendor is told which there are. */
  acceptsClient(secret: string): boolean;
  /** The client secrets that hold from now on; null: any. */
  setClientSecrets(secrets: readonly string[] | null): void;
}

interface Session {
  scopes: readonly string[];
  access: Map<string, number>;
  refresh: Map<string, number>;
}

const never = Number.POSITIVE_INFINITY;

/** @param firstAccessToken a token that is valid from the start and does not expire */
export function createTokenBook(
  facts: TokenFacts,
  clock: Clock,
  firstAccessToken: string,
  scopes: readonly string[],
): TokenBook {
  const sessions = new Set<Session>([
    { scopes, access: new Map([[firstAccessToken, never]]), refresh: new Map() },
  ]);
  const codes = new Map<string, { scopes: readonly string[]; redirectUri: string; codeChallenge?: string }>();

  let clientSecrets: readonly string[] | null = null;

  const holderOf = (kind: 'access' | 'refresh', token: string) =>
    [...sessions].find((session) => (session[kind].get(token) ?? 0) > clock.now().getTime());

  const issue = (session: Session): TokenGrant => {
    const now = clock.now().getTime();
    const accessToken = `sandbox-access-${randomUUID()}`;
    if (facts.oldAccessDies) session.access.clear();
    session.access.set(accessToken, facts.accessSeconds === null ? never : now + facts.accessSeconds * 1000);
    const current = [...session.refresh].find(([, until]) => until === never)?.[0];
    let refreshToken = current;
    if (refreshToken === undefined || facts.rotates === 'always') {
      refreshToken = `sandbox-refresh-${randomUUID()}`;
      if (current !== undefined) session.refresh.set(current, now + facts.graceSeconds * 1000);
      session.refresh.set(refreshToken, never);
    }
    return { accessToken, refreshToken, scopes: session.scopes, expiresInSeconds: facts.accessSeconds };
  };

  const book: TokenBook = {
    grant(granted) {
      const session: Session = { scopes: granted, access: new Map(), refresh: new Map() };
      sessions.add(session);
      return issue(session);
    },
    refresh(refreshToken) {
      const session = holderOf('refresh', refreshToken);
      return session === undefined ? undefined : issue(session);
    },
    issueCode(issued) {
      const code = `sandbox-code-${randomUUID()}`;
      codes.set(code, issued);
      return code;
    },
    redeemCode(code, { redirectUri, codeVerifier }) {
      const issued = codes.get(code);
      codes.delete(code);
      if (issued === undefined || issued.redirectUri !== redirectUri) return undefined;
      if (issued.codeChallenge !== undefined && issued.codeChallenge !== challengeOf(codeVerifier)) {
        return undefined;
      }
      return book.grant(issued.scopes);
    },
    acceptsClient: (secret) => clientSecrets?.includes(secret) ?? secret !== '',
    setClientSecrets(secrets) {
      clientSecrets = secrets;
    },
    isValid: (accessToken) => holderOf('access', accessToken) !== undefined,
    scopesOf: (token) => (holderOf('access', token) ?? holderOf('refresh', token))?.scopes,
    end(token) {
      for (const session of sessions) {
        if (session.access.has(token) || session.refresh.has(token)) sessions.delete(session);
      }
    },
    revoke(token) {
      for (const session of sessions) {
        session.access.delete(token);
        session.refresh.delete(token);
      }
    },
  };
  return book;
}

/** PKCE's S256. */
function challengeOf(verifier: string | undefined): string | undefined {
  return verifier === undefined ? undefined : createHash('sha256').update(verifier).digest('base64url');
}
