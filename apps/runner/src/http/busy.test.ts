import { QueueFullError } from '@onceover/runtime';
import { StoreError } from '@onceover/store';
import { expect, test } from 'vitest';
import { stubServer } from '../testing/stub-server.ts';
import type { RefusalCount } from './send-problem.ts';

const event = { specversion: '1.0', id: 'a1', source: '/tests', type: 'billing.invoice-paid.v1' };

/** The answer to an event, and to a webhook, while the runtime fails like this. */
async function answersWhile(error: Error) {
  const counted: Parameters<RefusalCount>[0][] = [];
  const fail = async () => {
    throw error;
  };
  const app = await stubServer(
    { acceptEvents: fail, acceptDelivery: fail },
    { onRefused: (refusal) => counted.push(refusal) },
  );
  const headers = { 'content-type': 'application/cloudevents+json' };
  const answers = [
    await app.inject({ method: 'POST', url: '/v1/events', headers, payload: JSON.stringify(event) }),
    await app.inject({ method: 'POST', url: '/v1/hooks/billing', payload: '{}' }),
  ];
  expect(counted.map(({ route }) => route)).toEqual(['/v1/events', '/v1/hooks/:id']);
  return answers.map(({ statusCode, headers: { 'retry-after': retryAfter }, payload }) => ({
    status: statusCode,
    retryAfter,
    code: (JSON.parse(payload) as { code: string }).code,
    payload,
  }));
}

const sqlError = (code: string) => Object.assign(new Error('of the server, with details'), { code });

test('busy: more events than the runtime keeps waiting are a 503 that says when to come back', async () => {
  const busy = { status: 503, retryAfter: '1', code: 'busy' };
  expect(await answersWhile(new QueueFullError())).toMatchObject([busy, busy]);
});

test.each([
  ['the connection broke', Object.assign(new Error('read'), { code: 'ECONNRESET' })],
  ['no connection came free', new Error('timeout exceeded when trying to connect')],
  ['the server is not reached', new StoreError('database_unreachable', 'Cannot connect')],
  ['nobody knows whether the commit held', new StoreError('commit_outcome_unknown', 'Look first')],
  ['the disk is full', sqlError('53100')],
  ['the server has too many connections', sqlError('53300')],
  ['the statement took too long', sqlError('57014')],
  ['the server shuts down', sqlError('57P01')],
])('busy: %s: nothing is acknowledged, the sender comes back', async (_name, error) => {
  const database = { status: 503, retryAfter: '1', code: 'database' };
  expect(await answersWhile(error)).toMatchObject([database, database]);
});

test('a fault of our own is a 500 that tells nothing of it', async () => {
  const answers = await answersWhile(new Error('password=hunter2 at /srv/onceover'));
  const internal = { status: 500, retryAfter: undefined, code: 'internal' };
  expect(answers).toMatchObject([internal, internal]);
  for (const { payload } of answers) expect(payload).not.toMatch(/hunter2|srv/);
});

test('busy: a refusal of the runtime keeps its own code and time', async () => {
  const app = await stubServer({
    acceptDelivery: async () => ({
      kind: 'refused',
      status: 503,
      code: 'busy',
      detail: 'Send it again.',
      retryAfterSeconds: 7,
    }),
  });
  const { statusCode, headers } = await app.inject({ method: 'POST', url: '/v1/hooks/a', payload: '{}' });
  expect([statusCode, headers['retry-after'], headers['content-type']]).toEqual([
    503,
    '7',
    'application/problem+json',
  ]);
});

test('hooks: a challenge is answered as the runtime says', async () => {
  const challenge = { status: 200, contentType: 'text/plain', body: 'the-challenge' };
  const app = await stubServer({ acceptDelivery: async () => ({ kind: 'challenge', ...challenge }) });
  const { statusCode, headers, payload } = await app.inject({ method: 'POST', url: '/v1/hooks/a' });
  expect([statusCode, headers['content-type'], payload]).toEqual([
    200,
    expect.stringMatching(/^text\/plain/),
    'the-challenge',
  ]);
});

test('hooks: the URL that the vendor signed is the public one, whatever Host says', async () => {
  const seen: string[] = [];
  const app = await stubServer({
    acceptDelivery: async ({ url }) => {
      seen.push(url);
      return { kind: 'accepted', delivery: 'd1', duplicate: false };
    },
  });
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
  await app.inject({ method: 'POST', url: '/v1/hooks/crm?a=1&b=%2F', headers, payload: '[]' });
  expect(seen).toEqual(['https://hooks.example.com/v1/hooks/crm?a=1&b=%2F']);
});
