import { expect, test } from 'vitest';
import { withholdSecrets } from './withhold-secrets.ts';

const secret = 'whsec_0123456789abcdef';
const answer = (body: string, headers: Record<string, string> = {}) => ({ status: 200, headers, body });
const at = (...pointers: string[]) => pointers.map((pointer) => ({ pointer, secret: 'webhookSecret' }));
const taken = (body: string, ...pointers: string[]) => {
  const { answer: clean, secrets } = withholdSecrets(answer(body), at(...pointers));
  return { body: clean.body, values: secrets.map(({ name, value }) => [name, value.reveal()]) };
};

test('a secret is taken out where the manifest says, and the rest keeps every digit', () => {
  const body = `{"id":"we_1","amount":100.10,"secret":"${secret}"}`;
  expect(taken(body, '/secret')).toEqual({
    body: '{"id":"we_1","amount":100.10,"secret":"[withheld]"}',
    values: [['webhookSecret', secret]],
  });
});

test('an asterisk stands for each element, and for nothing else', () => {
  const body = JSON.stringify({
    webhooks: [{ s: { secret } }, { s: null }, {}],
    '*': { s: { secret: 'x'.repeat(9) } },
  });
  const { body: clean, values } = taken(body, '/webhooks/*/s/secret');
  expect(values).toEqual([['webhookSecret', secret]]);
  expect(JSON.parse(clean)).toMatchObject({ webhooks: [{ s: { secret: '[withheld]' } }, { s: null }, {}] });
});

test('echoes of it elsewhere in the answer are taken out, too', () => {
  const body = JSON.stringify({
    secret,
    note: `use ${secret}`,
    encoded: Buffer.from(secret).toString('base64'),
  });
  const { answer: clean } = withholdSecrets(answer(body, { 'x-echo': secret }), at('/secret'));
  expect(JSON.stringify(clean)).not.toContain(secret);
  expect(JSON.stringify(clean)).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20));
});

test.for([
  '',
  'not JSON',
  '[]',
  'null',
  '{"secret":null}',
  '{"secret":""}',
  '{"secret":{"a":1}}',
  '{"Secret":"x"}',
])('nothing to take out of %s', (body) => {
  expect(taken(body, '/secret', '/a/b')).toEqual({ body, values: [] });
});

test('a pointer with escapes, and names of prototypes', () => {
  expect(taken(JSON.stringify({ 'a/b~c': secret }), '/a~1b~0c').values).toHaveLength(1);
  expect(taken('{}', '/__proto__/secret', '/constructor/name').values).toEqual([]);
});
