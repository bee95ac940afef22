import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CallTemplate, isCallTemplate, matchCall, unsafePathReason } from './match-call.ts';

/** Text of any code points, surrogates apart; fast-check's own `binary` strings take seconds to set up. */
const anyText = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff })), {
    maxLength: 20,
  })
  .map((points) => String.fromCodePoint(...points));

const templates: readonly CallTemplate[] = [
  'GET /v1/customers/{id}',
  'POST /v1/customers/{id}/cards/{card}',
  'POST /crm/objects/2026-03/contacts/batch/upsert',
  'GET /api/v2/tickets/{id}.json',
  'GET /v1/invoices',
];

test.each([
  ['GET', '/v1/customers/cus_1', 'GET /v1/customers/{id}', { id: 'cus_1' }],
  ['POST', '/v1/customers/a/cards/b', 'POST /v1/customers/{id}/cards/{card}', { id: 'a', card: 'b' }],
  ['GET', '/v1/customers/a%20b%C3%A9', 'GET /v1/customers/{id}', { id: 'a bé' }],
  ['GET', '/api/v2/tickets/7.json', 'GET /api/v2/tickets/{id}.json', { id: '7' }],
  [
    'POST',
    '/crm/objects/2026-03/contacts/batch/upsert',
    'POST /crm/objects/2026-03/contacts/batch/upsert',
    {},
  ],
])('matchCall: %s %s is the call %s', (method, path, template, parameters) => {
  expect(matchCall({ method, path }, templates)).toEqual({ template, parameters });
});

test.each([
  ['POST', '/v1/customers/cus_1', 'another method'],
  ['get', '/v1/customers/cus_1', 'a method in lower case'],
  ['GET', '/v1/customers', 'a segment less'],
  ['GET', '/v1/customers/', 'an empty parameter'],
  ['GET', '/v1/customers/a/b', 'a segment more'],
  ['GET', '/V1/customers/a', 'another case'],
  ['GET', '/v1/invoices/', 'a slash at the end'],
  ['GET', '/v1/%63ustomers/a', 'an escaped letter'],
  ['GET', 'v1/invoices', 'no slash at the start'],
  ['GET', 'https://evil.example/v1/invoices', 'an absolute URL'],
  ['GET', '/api/v2/tickets/7xjson', 'a dot that is not one'],
])('matchCall: %s %s is no declared call (%s)', (method, path) => {
  expect(matchCall({ method, path }, templates)).toBeUndefined();
});

/** Paths that some server, proxy or library reads as another path than they look like. */
const tricks: readonly [path: string, reason: RegExp][] = [
  ['/v1/customers/..', /dot segment/],
  ['/v1/customers/.', /dot segment/],
  ['/v1/customers/../charges', /dot segment/],
  ['/v1/customers/..;/charges', /dot segment/],
  ['/v1/customers/.;x=1', /dot segment/],
  ['/v1/customers/%2e%2e', /encoded/],
  ['/v1/customers/%2E.', /encoded/],
  ['/v1/customers/a%2fb', /encoded/],
  ['/v1/customers/a%2Fb', /encoded/],
  ['/v1/customers/a%5cb', /encoded/],
  ['/v1/customers/a%252fb', /encoded/],
  ['/v1/customers/a%00', /encoded/],
  ['/v1/customers/a%0d%0aX-Admin:1', /encoded/],
  ['/v1/customers/a%09', /encoded/],
  ['/v1/customers/a%7f', /encoded/],
  ['/v1/customers/%c0%ae%c0%ae', /UTF-8/],
  ['/v1/customers/%ff', /UTF-8/],
  ['/v1/customers/%ed%a0%80', /UTF-8/],
  ['/v1/customers/a%2', /percent/],
  ['/v1/customers/a%zz', /percent/],
  ['/v1/customers/%u002e', /percent/],
  ['/v1/customers/a\\b', /URL characters/],
  ['/v1/customers/a b', /URL characters/],
  ['/v1/customers/a\nb', /URL characters/],
  ['/v1/customers/a\tb', /URL characters/],
  ['/v1/customers/a\0', /URL characters/],
  ['/v1/customers/é', /URL characters/],
  ['/v1/customers/．．', /URL characters/],
  ['/v1/customers/a"b', /URL characters/],
  ['/v1/customers/a|b', /URL characters/],
  ['/v1/customers/{id}', /URL characters/],
  ['/v1//customers/a', /empty segment/],
  ['//evil.example/v1/customers/a', /empty segment/],
  ['/v1/customers/a?expand=1', /query/],
  ['/v1/customers/a#x', /query/],
  ['', /starts with/],
  ['*', /starts with/],
  ['v1/customers/a', /starts with/],
  ['http://[::1]/v1/customers/a', /starts with/],
];

test.each(tricks)('unsafePathReason: %j is refused', (path, reason) => {
  expect(unsafePathReason(path)).toMatch(reason);
  expect(matchCall({ method: 'GET', path }, ['GET /v1/customers/{id}', 'GET /{a}', 'GET /'])).toBeUndefined();
});

test.each(['/', '/a', '/a/', '/a.b/..c/d..', '/a;v=1', "/a/:b@c/!$&'()*+,;=~-_", '/a%20b%C3%A9', '/a/...'])(
  'unsafePathReason: %j is safe',
  (path) => {
    expect(unsafePathReason(path)).toBeUndefined();
  },
);

test('matchCall: what matches is where a URL parser goes, in the same segments', () => {
  const pieces = 'a . .. / // %2e %2F %5c \\ ; ? # @ : % é %C3%A9 %00 {id} %25 %ff & = [ | \u2028 ．'.split(
    ' ',
  );
  const piece = fc.constantFrom(...pieces, ' ', '\t', '\n');
  const path = fc.array(piece, { maxLength: 8 }).map((chosen) => `/v1/${chosen.join('')}`);
  const two: readonly CallTemplate[] = ['GET /v1/{a}', 'GET /v1/{a}/{b}'];
  let matched = 0;
  fc.assert(
    fc.property(path, (text) => {
      const call = matchCall({ method: 'GET', path: text }, two);
      if (call === undefined) return;
      matched += 1;
      const segments = text.split('/').slice(2).map(decodeURIComponent);
      const { host, pathname, search, hash } = new URL(`https://api.vendor.example${text}`);
      // One comparison a run: thousands of assertions are slow.
      expect([host, pathname, search, hash, segments.some(isTrick)]).toEqual([
        'api.vendor.example',
        text,
        '',
        '',
        false,
      ]);
      expect(segments).toEqual(Object.values(call.parameters));
    }),
    { numRuns: 5000 },
  );
  expect(matched).toBeGreaterThan(50);
});

function isTrick(segment: string): boolean {
  return (
    /[/\\]|^\.{1,2}$/.test(segment) || [...segment].some((character) => (character.codePointAt(0) ?? 0) < 32)
  );
}

test('matchCall: never throws, whatever the path', () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom('GET', 'get', '__proto__', ''), (path, method) => {
      const call = matchCall({ method, path: `/${path}` }, ['GET /{a}', 'GET /']);
      return call === undefined || call.template.startsWith('GET ');
    }),
    { numRuns: 2000 },
  );
});

test('matchCall: an encoded value comes back as it was', () => {
  const value = fc
    .string({ minLength: 1 })
    .filter((text) => unsafePathReason(`/${encodeURIComponent(text)}`) === undefined);
  fc.assert(
    fc.property(value, (id) => {
      const path = `/v1/customers/${encodeURIComponent(id)}`;
      expect(matchCall({ method: 'GET', path }, templates)?.parameters).toEqual({ id });
    }),
    { numRuns: 1000 },
  );
});

test('matchCall: the first template that matches wins', () => {
  const both: readonly CallTemplate[] = ['GET /v1/customers/search', 'GET /v1/customers/{id}'];
  expect(matchCall({ method: 'GET', path: '/v1/customers/search' }, both)?.template).toBe(both[0]);
  expect(matchCall({ method: 'GET', path: '/v1/customers/search' }, both.toReversed())?.template).toBe(
    both[1],
  );
});

test.each(['GET /', 'POST /a/{id}', 'DELETE /a/{id}/b.json', 'GET /a:b/{name1}', 'HEAD /a/'])(
  'isCallTemplate: %s is one',
  (text) => {
    expect(isCallTemplate(text)).toBe(true);
  },
);

test.each([
  'get /a',
  'GET a',
  'GET  /a',
  'TRACE /a',
  'CONNECT /a',
  'GET /a b',
  'GET /a?x=1',
  'GET /a#x',
  'GET //a',
  'GET /a//b',
  'GET /a/../b',
  'GET /./a',
  'GET /..;/a',
  'GET /a/{}',
  'GET /a/{1}',
  'GET /a/{id',
  'GET /a/id}',
  'GET /{id}/b/{id}',
  'GET /a%2fb',
  'GET https://vendor.example/a',
  '',
])('isCallTemplate: %j is none', (text) => {
  expect(isCallTemplate(text)).toBe(false);
});
