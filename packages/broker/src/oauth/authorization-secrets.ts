import { createHash, createHmac, randomBytes } from 'node:crypto';
import { lengthPrefixed } from '../vault/length-prefixed.ts';

/** 256 bits that fit a URL and a cookie. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What the database keeps of a ticket, a state or a cookie. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** PKCE's verifier: made from what the browser brings back and a key of ours, and stored nowhere. */
export function codeVerifierOf(key: Buffer, { state, cookie }: { state: string; cookie: string }): string {
  return createHmac('sha256', key)
    .update(lengthPrefixed(['pkce', state, cookie]))
    .digest('base64url');
}

/** PKCE's S256. */
export function codeChallengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

/** The cookie that binds a state to the browser; one for each, so that two authorisations at once do not collide. */
export function cookieNameOf(state: string, publicUrl: string): string {
  const suffix = digestOf(state).toString('hex').slice(0, 8);
  // The prefix has the browser hold it to this host and to https; without https there is no such cookie.
  return `${publicUrl.startsWith('https:') ? '__Host-' : ''}onceover-oauth-${suffix}`;
}
