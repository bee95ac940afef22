import { type Auth, authSchema } from '@onceover/contract';
import { expect, test } from 'vitest';
import { exampleDefinition } from '../testing/example-connector.fixture.ts';
import { authUrl, browserUrl } from './auth-urls.ts';
import { readTokenAnswer } from './token-answer.ts';

const auth: Auth = authSchema.parse(exampleDefinition.auth);
const lifetime = (answer: object) =>
  readTokenAnswer(auth, { access_token: 'token', ...answer }).lifetimeSeconds;

test.for([
  [{ expires_in: 1800 }, 1800],
  [{ expires_in: '1800' }, 1800],
  [{ expires_in: 0.5 }, 0.5],
  // Not told: the manifest's.
  [{}, 3600],
  [{ expires_in: null }, 3600],
  [{ expires_in: 0 }, 3600],
  [{ expires_in: -5 }, 3600],
  [{ expires_in: 'soon' }, 3600],
  [{ expires_in: 1e300 }, 315_360_000],
] as const)('a lifetime: %j is %j seconds', ([answer, seconds]) => {
  expect(lifetime(answer)).toBe(seconds);
});

test.for([
  {},
  { access_token: '' },
  { access_token: 7 },
  { access_token: 'a b' },
  { access_token: 'a\r\nb: c' },
  null,
  'text',
])('no access token that a header can carry: %j', (answer) => {
  expect(() => readTokenAnswer(auth, answer)).toThrow(expect.objectContaining({ code: 'token_answer' }));
});

test('a refresh token is taken when it is a text', () => {
  const refreshToken = (value: unknown) =>
    readTokenAnswer(auth, { access_token: 'a', refresh_token: value }).refreshToken?.reveal();
  expect(['r', '', null, 7].map(refreshToken)).toEqual(['r', undefined, undefined, undefined]);
});

test('a URL of the manifest is filled with one label for each name, and stays https', () => {
  const url = (region: string) => authUrl('https://{region}.vendor.example/token', { region }).href;
  expect(url('EU')).toBe('https://eu.vendor.example/token');
  for (const region of ['eu.evil', 'evil.example/', 'eu@', '', 'a:1', 'eu?', '..']) {
    expect(() => url(region)).toThrow(/do not make an https URL/);
  }
  expect(() => authUrl('https://{region}.vendor.example', {})).toThrow(/do not make/);
  const consent = authUrl('https://vendor.example/authorize', {});
  consent.searchParams.set('state', 'a b');
  expect(browserUrl(consent, 'http://127.0.0.1:4500')).toBe('http://127.0.0.1:4500/authorize?state=a+b');
});
