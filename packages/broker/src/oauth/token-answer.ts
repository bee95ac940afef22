import {
  type Auth,
  readGrantedScopes,
  readPointer,
  readPointerText,
  UpstreamError,
} from '@onceover/contract';
import { Secret } from '../secret.ts';
import { pinnedOrigin } from './auth-urls.ts';

/** What a token endpoint gave. */
export interface TokenAnswer {
  accessToken: Secret;
  /** Undefined: the answer has none; the one that was used may still hold. */
  refreshToken: Secret | undefined;
  /** Null: the access token does not expire. */
  lifetimeSeconds: number | null;
  /** Undefined: not told. */
  grantedScopes: readonly string[] | undefined;
  account: string | undefined;
  /** The origin for calls, where the vendor names one and the manifest allows it. */
  instanceOrigin: string | undefined;
}

/**
 * Reads a token answer as the manifest says.
 * @throws {UpstreamError} `token_answer` without a usable access token
 * @throws {ConfigurationError} `instance_refused`
 */
export function readTokenAnswer(auth: Auth, json: unknown): TokenAnswer {
  const accessToken = readPointer(json, '/access_token');
  const refreshToken = readPointer(json, '/refresh_token');
  if (typeof accessToken !== 'string' || !/^[\x21-\x7e]+$/.test(accessToken)) {
    throw new UpstreamError('The token endpoint answered without an access token that a header can carry', {
      code: 'token_answer',
    });
  }
  const instanceUrl = auth.instanceUrl && readPointerText(json, auth.instanceUrl.pointer);
  return {
    accessToken: new Secret(accessToken),
    refreshToken:
      typeof refreshToken === 'string' && refreshToken !== '' ? new Secret(refreshToken) : undefined,
    lifetimeSeconds: lifetimeOf(readPointerText(json, '/expires_in')) ?? auth.defaultLifetimeSeconds,
    grantedScopes: readGrantedScopes(auth, json),
    account: auth.account && readPointerText(json, auth.account.pointer),
    instanceOrigin:
      auth.instanceUrl && instanceUrl !== undefined
        ? pinnedOrigin(instanceUrl, auth.instanceUrl.suffixes)
        : undefined,
  };
}

/** Longer than any real one, and short enough for every clock. */
const longestLifetimeSeconds = 10 * 365 * 86_400;

/** Undefined when the vendor does not tell: absent, null, zero or no number. */
function lifetimeOf(text: string | undefined): number | undefined {
  const seconds = Number(text ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, longestLifetimeSeconds) : undefined;
}
