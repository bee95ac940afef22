import type { WireRequest } from '@onceover/contract';
import { expect, test } from 'vitest';
import { hashOfWrite, renderWrite } from './render-write.ts';

const facts = {
  origin: 'https://eu.vendor.example',
  template: 'POST /orders',
  idempotency: { header: 'Idempotency-Key', key: 'k' },
} as const;
const request: WireRequest = {
  method: 'POST',
  path: '/orders',
  query: 'a=1',
  headers: { 'X-Trace': 't' },
  contentType: 'application/json',
  body: '{"b":1.10,"a":[{"y":1,"x":2}]}',
};
const hashOf = (changes: Partial<WireRequest>, other: Partial<typeof facts> = {}) =>
  renderWrite({ ...request, ...changes }, { ...facts, ...other }).hash;

test('a rendered write keeps the very bytes of its body', () => {
  expect(renderWrite(request, facts)).toMatchObject({
    body: request.body,
    contentType: 'application/json',
    headers: { 'x-trace': 't' },
    origin: facts.origin,
  });
});

test('the order of a JSON body’s keys does not change the hash', () => {
  expect(hashOf({ body: '{ "a": [{"x":2,"y":1}], "b": 1.10 }' })).toBe(hashOf({}));
});

test('everything that the vendor acts on changes the hash', () => {
  const hashes = [
    hashOf({}),
    hashOf({ method: 'PUT' }),
    hashOf({ path: '/orders/1' }),
    hashOf({ query: 'a=2' }),
    hashOf({ headers: { 'X-Trace': 'u' } }),
    hashOf({ headers: {} }),
    hashOf({ contentType: 'application/x-www-form-urlencoded' }),
    hashOf({ body: '{"b":1.1,"a":[{"y":1,"x":2}]}' }),
    hashOf({ body: '{"b":1.10,"a":[{"y":2,"x":1}]}' }),
    hashOf({}, { origin: 'https://us.vendor.example' as typeof facts.origin }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('a body that is empty is another write than no body', () => {
  const { body: _body, contentType: _type, ...bare } = request;
  const withEmpty = { ...bare, body: '' };
  expect(renderWrite(bare, facts).hash).not.toBe(renderWrite(withEmpty, facts).hash);
});

test('the key that keeps the effect single does not change the hash', () => {
  expect(renderWrite(request, { ...facts, idempotency: null }).hash).toBe(hashOf({}));
});

test('digits beyond a double count', () => {
  expect(hashOf({ body: '{"id":12345678901234567890}' })).not.toBe(
    hashOf({ body: '{"id":12345678901234567891}' }),
  );
});

test('the hash of a stored write can be computed again', () => {
  const { hash, ...content } = renderWrite(request, facts);
  expect(hashOfWrite(content)).toBe(hash);
});

test('a form body counts as it is', () => {
  const form = { contentType: 'application/x-www-form-urlencoded', body: 'b=1&a=2' };
  expect(hashOf(form)).not.toBe(hashOf({ ...form, body: 'a=2&b=1' }));
});
