import { expect, test } from 'vitest';
import { createWithholding } from './withhold-secrets.ts';

const secret = 'whsec_0123456789abcdef';
const answer = (body: string, headers: Record<string, string> = {}) => ({ status: 200, headers, body });
const at = (...pointers: string[]) => pointers.map((pointer) => ({ pointer, secret: 'webhookSecret' }));
const taken = (body: string, ...pointers: string[]) => {
  const { secrets, take } = createWithholding();
  const { answer: clean, error } = take(answer(body), at(...pointers));
  const values = secrets.map(({ name, value }) => [name, value.reveal()]);
  return { body: clean.body, values, ...(error && { error: error.code }) };
};

test('a secret is taken out where the manifest says, and the rest keeps every digit', () => {
  const body = `{"id":"we_1","amount":100.10,"secret":"${secret}"}`;
  expect(taken(body, '/secret')).toEqual({
    body: '{"id":"we_1","amount":100.10,"secret":"[withheld]"}',
    values: [['webhookSecret', secret]],
  });
});

test('an asterisk stands for each element', () => {
  const body = JSON.stringify({
    webhooks: [{ s: { secret } }, { s: null }, {}, { s: { secret: `${secret}-2` } }],
    '*': { s: { secret: 'x'.repeat(9) } },
  });
  const { body: clean, values } = taken(body, '/webhooks/*/s/secret');
  expect(values.map(([, value]) => value)).toEqual([secret, `${secret}-2`]);
  expect(JSON.parse(clean)).toMatchObject({
    webhooks: [{ s: { secret: '[withheld]' } }, { s: null }, {}, { s: { secret: '[withheld]' } }],
  });
});

test('echoes of it elsewhere in the answer are taken out, too', () => {
  const base64 = Buffer.from(secret).toString('base64');
  const body = JSON.stringify({ secret, note: `use ${secret}`, encoded: base64 });
  const { answer: clean } = createWithholding().take(answer(body, { 'x-echo': secret }), at('/secret'));
  expect(JSON.stringify(clean)).not.toContain(secret);
  expect(JSON.stringify(clean)).not.toContain(base64.slice(0, 20));
});

test('echoes in later answers are taken out, where no secret is expected and where none can be read', () => {
  const { take } = createWithholding();
  take(answer(JSON.stringify({ secret })), at('/secret'));
  const later = take(answer(JSON.stringify({ log: [`made ${secret}`] }), { 'x-last': secret }), []);
  expect(later.answer).toEqual(answer('{"log":["made [redacted]"]}', { 'x-last': '[redacted]' }));
  expect(take(answer('gone', { 'x-last': secret }), at('/secret')).answer).toEqual(
    answer('', { 'x-last': '[redacted]' }),
  );
});

test.for([
  '[]',
  'null',
  '{"secret":null}',
  '{"secret":""}',
  '{"Secret":"x"}',
  '{"secret":"[withheld]"}',
  '{"a":"x"}',
])('nothing to take out of %s', (body) => {
  expect(taken(body, '/secret', '/a/b')).toEqual({ body, values: [] });
});

test.for([
  '',
  'not JSON',
  `<secret>${secret}</secret>`,
  `{"secret":"${secret}"`,
  `{"secret":{"value":"${secret}"}}`,
  `{"secret":["${secret}"]}`,
  '{"secret":12345678901234567890}',
  '{"secret":true}',
])('a secret may be anywhere in %s: nothing of it is shown', (body) => {
  expect(taken(body, '/secret')).toEqual({ body: '', values: [] });
  expect(taken(body)).toEqual({ body, values: [] });
});

test('of two members with one name both go', () => {
  const { body } = taken(`{"secret":"${secret}-first","secret":"${secret}"}`, '/secret');
  expect(body).toBe('{"secret":"[withheld]"}');
  expect(taken(`{"secret":"${secret}","secret":null}`, '/secret').body).toBe('{"secret":null}');
});

test('a secret that ordinary words could hold is an error, and nothing is shown', () => {
  expect(taken('{"secret":"short","words":"a short note"}', '/secret')).toEqual({
    body: '',
    values: [],
    error: 'withheld_too_short',
  });
});

test('two pointers to one place, a pointer with escapes, and names of prototypes', () => {
  expect(taken(JSON.stringify([{ secret }]), '/*/secret', '/0/secret').values).toHaveLength(1);
  expect(taken(JSON.stringify({ 'a/b~c': secret }), '/a~1b~0c').values).toHaveLength(1);
  expect(taken('{}', '/__proto__/secret', '/constructor/name').values).toEqual([]);
});
