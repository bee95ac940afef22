import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createManualClock } from './clock.ts';
import { createTokenBook } from './token-book.ts';

const start = '2026-11-24T10:00:00Z';

test('a refresh that rotates ends the old refresh token after its grace, and the old access token where it dies', () => {
  const clock = createManualClock(start);
  const facts = { rotates: 'always', oldAccessDies: true, graceSeconds: 60, accessSeconds: 1800 } as const;
  const tokens = createTokenBook(facts, clock, 'first', ['a']);
  const grant = tokens.grant(['x', 'y']);
  const next = tokens.refresh(grant.refreshToken);
  expect(next?.scopes).toEqual(['x', 'y']);
  expect([tokens.isValid(grant.accessToken), tokens.isValid(next?.accessToken ?? '')]).toEqual([false, true]);
  clock.advance(59);
  expect(tokens.refresh(grant.refreshToken)).toBeDefined();
  clock.advance(2);
  expect(tokens.refresh(grant.refreshToken)).toBeUndefined();
  expect(tokens.isValid('first')).toBe(true);
});

test('access tokens expire, refresh tokens that never rotate stay the same', () => {
  const clock = createManualClock(start);
  const facts = { rotates: 'never', oldAccessDies: false, graceSeconds: 0, accessSeconds: 1800 } as const;
  const tokens = createTokenBook(facts, clock, 'first', []);
  const grant = tokens.grant([]);
  expect(tokens.refresh(grant.refreshToken)?.refreshToken).toBe(grant.refreshToken);
  expect(tokens.isValid(grant.accessToken)).toBe(true);
  clock.advance(1801);
  expect(tokens.isValid(grant.accessToken)).toBe(false);
  tokens.revoke(grant.refreshToken);
  expect(tokens.refresh(grant.refreshToken)).toBeUndefined();
});

test('ending a grant ends all its tokens, and no other grant’s', () => {
  const clock = createManualClock(start);
  const facts = { rotates: 'always', oldAccessDies: false, graceSeconds: 60, accessSeconds: 1800 } as const;
  const tokens = createTokenBook(facts, clock, 'first', []);
  const [grant, other] = [tokens.grant([]), tokens.grant([])];
  const next = tokens.refresh(grant.refreshToken);
  tokens.end(next?.accessToken ?? '');
  expect([grant, next].map((one) => tokens.isValid(one?.accessToken ?? ''))).toEqual([false, false]);
  expect([grant, next].map((one) => tokens.refresh(one?.refreshToken ?? ''))).toEqual([undefined, undefined]);
  expect(tokens.isValid(other.accessToken)).toBe(true);
});

test('a code is good once, for its redirect URI and the verifier of its challenge', () => {
  const clock = createManualClock(start);
  const facts = { rotates: 'never', oldAccessDies: false, graceSeconds: 0, accessSeconds: null } as const;
  const tokens = createTokenBook(facts, clock, 'first', []);
  const redirectUri = 'http://127.0.0.1:4400/v1/oauth/callback/app';
  const codeChallenge = createHash('sha256').update('verifier').digest('base64url');
  const issue = () => tokens.issueCode({ scopes: ['x'], redirectUri, codeChallenge });
  const code = issue();
  expect(tokens.redeemCode(code, { redirectUri, codeVerifier: 'verifier' })?.scopes).toEqual(['x']);
  expect(tokens.redeemCode(code, { redirectUri, codeVerifier: 'verifier' })).toBeUndefined();
  expect(tokens.redeemCode(issue(), { redirectUri, codeVerifier: 'other' })).toBeUndefined();
  expect(tokens.redeemCode(issue(), { redirectUri })).toBeUndefined();
  expect(
    tokens.redeemCode(issue(), { redirectUri: 'http://other', codeVerifier: 'verifier' }),
  ).toBeUndefined();
});

test('any client secret is accepted, until it is said which hold', () => {
  const facts = { rotates: 'never', oldAccessDies: false, graceSeconds: 0, accessSeconds: null } as const;
  const tokens = createTokenBook(facts, createManualClock(start), 'first', []);
  expect([tokens.acceptsClient('any'), tokens.acceptsClient('')]).toEqual([true, false]);
  tokens.setClientSecrets(['new']);
  expect([tokens.acceptsClient('any'), tokens.acceptsClient('new')]).toEqual([false, true]);
  tokens.setClientSecrets(null);
  expect(tokens.acceptsClient('any')).toBe(true);
});
