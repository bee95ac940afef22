import { expect, test } from 'vitest';
import { type Auth, authSchema } from '../auth.ts';
import { exampleDefinition } from '../testing/example-definition.ts';
import { readGrantedScopes } from './read-granted-scopes.ts';

function authWith(grantedFrom: Auth['grantedFrom']): Auth {
  return authSchema.parse({ ...exampleDefinition().auth, grantedFrom });
}

const spaced = authWith({ kind: 'scope-string', pointer: '/scope', separator: ' ' });
const commas = authWith({ kind: 'scope-string', pointer: '/scope', separator: ',' });
const list = authWith({ kind: 'scope-array', pointer: '/scopes' });
const introspection = authWith({ kind: 'introspection', pointer: '/token/scope' });

test.each([
  ['b a', ['a', 'b']],
  ['  a   b ', ['a', 'b']],
  ['a a b', ['a', 'b']],
  ['', []],
])('readGrantedScopes: the text %j is the set %j', (scope, scopes) => {
  expect(readGrantedScopes(spaced, { scope })).toEqual(scopes);
});

test('readGrantedScopes: commas, with and without space', () => {
  expect(readGrantedScopes(commas, { scope: 'write,read, admin,' })).toEqual(['admin', 'read', 'write']);
  // A space within a scope is part of it where commas separate.
  expect(readGrantedScopes(commas, { scope: 'read all,write' })).toEqual(['read all', 'write']);
});

test('readGrantedScopes: a list, whose other values are no scopes', () => {
  expect(readGrantedScopes(list, { scopes: ['b', 'a', 'b', 7, null, ''] })).toEqual(['a', 'b']);
  expect(readGrantedScopes(list, { scopes: [] })).toEqual([]);
});

test('readGrantedScopes: introspection may answer with text or a list', () => {
  expect(readGrantedScopes(introspection, { token: { scope: 'b a' } })).toEqual(['a', 'b']);
  expect(readGrantedScopes(introspection, { token: { scope: ['b', 'a'] } })).toEqual(['a', 'b']);
});

test.each([undefined, null, {}, { scope: null }, { scope: {} }, { scopes: 7 }, 'scope', []])(
  'readGrantedScopes: the answer %j does not tell, which is not the same as none',
  (answer) => {
    for (const auth of [spaced, commas, list, introspection]) {
      expect(readGrantedScopes(auth, answer)).toBeUndefined();
    }
  },
);

test('readGrantedScopes: where scopes are probed or fixed per app, the answer is not asked', () => {
  for (const grantedFrom of [{ kind: 'app' }, { kind: 'probe', operation: 'contacts.count' }] as const) {
    expect(readGrantedScopes(authWith(grantedFrom), { scope: 'a', scopes: ['a'] })).toBeUndefined();
  }
});
