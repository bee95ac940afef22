import { expect, test } from 'vitest';
import { jsonAnswer } from '../../sandbox/index.ts';
import { toyContract } from '../toy/toy-contract.ts';
import { loadContract } from './load-contract.ts';

const guard = loadContract(toyContract);

const post = (path: string, body: unknown, contentType = 'application/json') => ({
  method: 'POST',
  path,
  query: '',
  headers: { 'content-type': contentType },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const get = (path: string, query = '') => ({ method: 'GET', path, query, headers: {}, body: '' });
const form = 'application/x-www-form-urlencoded';

test('a request that the contract describes has no problems', () => {
  expect(guard.request(post('/people/batch', { people: [{ mail: 'a@b.c', first: 'A' }] }))).toEqual([]);
  expect(guard.request(post('/firms', 'domain=a.b&meta%5Btitle%5D=T', form))).toEqual([]);
  expect(guard.request(get('/people', 'since=x&page=2'))).toEqual([]);
  expect(guard.request(get('/people/p1'))).toEqual([]);
});

test.each([
  ['an unknown call', get('/nobody'), /not in the vendor's contract/],
  ['an unknown property', post('/people/batch', { people: [{ mail: 'a', nick: 'b' }] }), /nick/],
  ['a missing property', post('/people/batch', { people: [{ first: 'A' }] }), /mail/],
  ['another type', post('/people/batch', { people: [{ mail: 7 }] }), /must be string/],
  ['an unknown query parameter', get('/people', 'since=x&limit=2'), /limit is not in the contract/],
  ['a missing query parameter', get('/people'), /since is required/],
  ['a query parameter of another type', get('/people', 'since=x&page=two'), /must be integer/],
  ['another content type', post('/firms', '{}'), /content type/],
  ['a missing body', post('/firms', '', form), /is required/],
  ['a body where there is none', { ...get('/people/p1'), body: 'x' }, /has none/],
])('a request with %s has a problem', (_what, request, problem) => {
  expect(guard.request(request).join('\n')).toMatch(problem);
});

test('answers: an unknown property, a wrong type and a status that is not there are problems', () => {
  const good = { id: 'p1', mail: 'a@b.c', changed: 'now' };
  expect(guard.answer(get('/people/p1'), jsonAnswer(200, good))).toEqual([]);
  expect(guard.answer(get('/people/p1'), jsonAnswer(200, { ...good, extra: 1 })).join()).toMatch(/extra/);
  expect(guard.answer(get('/people/p1'), jsonAnswer(200, { ...good, id: 1 })).join()).toMatch(
    /must be string/,
  );
  expect(guard.answer(get('/people/p1'), jsonAnswer(418, { message: 'teapot' }))).toEqual([]);
  expect(guard.answer(get('/people/p1'), jsonAnswer(404, { error: 'teapot' })).join()).toMatch(/message/);
});

test('scopes: the alternatives of a call, or undefined where the vendor does not say', () => {
  expect(guard.scopes({ method: 'POST', path: '/people/batch' })).toEqual([
    ['people.write'],
    ['everything', 'admin'],
  ]);
  expect(guard.scopes({ method: 'GET', path: '/nobody' })).toBeUndefined();
});
