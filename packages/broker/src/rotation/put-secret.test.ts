import { expect, test } from 'vitest';
import { putSecret } from './put-secret.ts';

const secret = 'canary-secret-0123456789';
const json = 'application/json';

test('put: at a place of a JSON body whose parent is there, and digits are kept', () => {
  const body = '{"webhook":{"id":12345678901234567890}}';
  expect(putSecret({ body, contentType: json }, '/webhook/secret', secret)).toBe(
    `{"webhook":{"id":12345678901234567890,"secret":"${secret}"}}`,
  );
});

test('put: into a form', () => {
  const form = { body: 'label=a+b&secret=x', contentType: 'application/x-www-form-urlencoded' };
  expect(putSecret(form, '/secret', 'a b&c')).toBe('label=a+b&secret=a+b%26c');
});

test.each([
  ['a place below nothing', '{}', '/webhook/secret'],
  ['a body that is no object', '[]', '/secret'],
  ['a body that is no JSON', 'secret', '/secret'],
])('put: refuses %s', (_name, body, pointer) => {
  expect(() => putSecret({ body, contentType: json }, pointer, secret)).toThrow(
    expect.objectContaining({ code: 'place_unusable' }),
  );
});

test('put: a name of the prototype is a name like others', () => {
  const put = putSecret({ body: '{}', contentType: json }, '/__proto__', secret);
  expect(put).toBe(`{"__proto__":"${secret}"}`);
});
