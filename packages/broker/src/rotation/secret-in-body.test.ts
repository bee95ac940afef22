import { expect, test } from 'vitest';
import { putSecret, takeSecrets } from './secret-in-body.ts';

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

test('take: the value goes, wherever and however it stands in the answer', () => {
  const base64 = Buffer.from(secret).toString('base64');
  const body = JSON.stringify({ id: 'k1', secret, echo: `Bearer ${secret}`, encoded: base64 });
  const taken = takeSecrets(body, ['/secret']);
  expect(taken.values).toEqual([secret]);
  expect(taken.body).not.toContain(secret);
  expect(taken.body).not.toContain(base64.slice(0, -4));
  expect(JSON.parse(taken.body)).toMatchObject({ id: 'k1', secret: '[redacted]' });
});

test('take: of each entry of a list', () => {
  const body = JSON.stringify({ keys: [{ secret }, { id: 'no secret' }, { secret: `${secret}-2` }] });
  const taken = takeSecrets(body, ['/keys/*/secret']);
  expect(taken.values).toEqual([secret, `${secret}-2`]);
  expect(taken.body).not.toContain('canary');
});

test('take: an answer that cannot be read is not shown', () => {
  expect(takeSecrets(`<secret>${secret}</secret>`, ['/secret'])).toEqual({ values: [], body: '' });
});

test('take: a secret that ordinary words could hold is refused', () => {
  expect(() => takeSecrets('{"secret":"short"}', ['/secret'])).toThrow(
    expect.objectContaining({ code: 'minted_too_short' }),
  );
});
