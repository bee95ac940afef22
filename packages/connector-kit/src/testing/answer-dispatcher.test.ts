import { http, HttpResponse } from 'msw';
import { fetch as undiciFetch, request } from 'undici';
import { expect, test } from 'vitest';
import { jsonAnswer } from '../sandbox/index.ts';
import { AnswerDispatcher } from './answer-dispatcher.ts';
import { createHandlersDispatcher } from './handlers-dispatcher.ts';

const url = 'https://api.toy.example/things?x=1';
const never = new AnswerDispatcher(() => new Promise(() => undefined));

test('request: method, path, query, headers and body reach the answering function', async () => {
  const seen: object[] = [];
  const dispatcher = new AnswerDispatcher(async (asked) => {
    seen.push(asked);
    return jsonAnswer(201, { ok: true });
  });
  const { statusCode, body } = await request(url, {
    dispatcher,
    method: 'POST',
    headers: { 'X-One': 'a', 'content-type': 'text/plain' },
    body: 'héllo',
  });
  expect([statusCode, await body.json()]).toEqual([201, { ok: true }]);
  expect(seen).toEqual([
    {
      origin: 'https://api.toy.example',
      method: 'POST',
      path: '/things',
      query: 'x=1',
      headers: { 'x-one': 'a', 'content-type': 'text/plain' },
      body: 'héllo',
    },
  ]);
});

test('fetch: a header that comes twice keeps both values', async () => {
  const dispatcher = new AnswerDispatcher(async () => ({
    status: 200,
    headers: [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
    body: '',
  }));
  const response = await undiciFetch(url, { dispatcher });
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

test('an answering function that throws rejects the request: it is no 500', async () => {
  const dispatcher = createHandlersDispatcher([
    http.get('https://api.toy.example/things', () => {
      throw new TypeError('a fault of the handler');
    }),
  ]);
  await expect(request(url, { dispatcher })).rejects.toThrow('a fault of the handler');
});

test('a request that no handler knows is an error', async () => {
  const dispatcher = createHandlersDispatcher([
    http.post('https://api.toy.example/things', () => HttpResponse.json({})),
  ]);
  await expect(request(url, { dispatcher })).rejects.toThrow('No sandbox handler answers GET /things');
});

test('an aborted request rejects at once', async () => {
  const abort = new AbortController();
  const pending = request(url, { dispatcher: never, signal: abort.signal });
  abort.abort(new Error('given up'));
  await expect(pending).rejects.toThrow('given up');
});

test('headersTimeout ends a request that is never answered', async () => {
  await expect(request(url, { dispatcher: never, headersTimeout: 10 })).rejects.toThrow(/headers timeout/i);
});
