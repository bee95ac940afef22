import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JsonValue, verifyDelivery } from '@onceover/contract';
import { http, HttpResponse } from 'msw';
import { afterEach, expect, test } from 'vitest';
import { toySandbox } from '../testing/toy/toy-sandbox.ts';
import { toySignature } from '../testing/toy/toy-signature.ts';
import { defineSandbox } from './define-sandbox.ts';
import { type RunningSandbox, startSandbox } from './start-sandbox.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function start(): Promise<RunningSandbox> {
  const running = await startSandbox(toySandbox());
  open.push(running);
  return running;
}

const upsert = (url: string, people: object[], headers: Record<string, string> = {}) =>
  fetch(`${url}/people/batch`, {
    method: 'POST',
    headers: { authorization: 'Bearer toy-token', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ people }),
  });

const control = async (url: string, route: string, body: unknown) => {
  const answer = await fetch(`${url}/_sandbox/${route}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

const ledger = async (url: string, query = '') =>
  (await (await fetch(`${url}/_sandbox/ledger${query}`)).json()) as { effects: object[]; requests: number };

test('a request with the right token takes effect, and the ledger has it by business key', async () => {
  const { url } = await start();
  expect(await (await upsert(url, [{ mail: 'a@b.c', first: 'A' }])).json()).toMatchObject({
    results: [{ mail: 'a@b.c', fresh: true }],
  });
  await upsert(url, [{ mail: 'a@b.c', first: 'A' }]);
  await upsert(url, [{ mail: 'a@b.c', first: 'B' }]);
  const { effects, requests } = await ledger(url);
  expect(requests).toBe(3);
  const of = (action: string) => ({
    resource: 'contacts',
    naturalKey: 'a@b.c',
    vendorId: 'p101',
    action,
    count: 1,
  });
  expect(effects).toEqual([of('created'), of('unchanged'), of('updated')]);
  expect(await ledger(url, '?history=true')).toMatchObject({
    history: [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }],
  });
});

test('a wrong token gets the vendor’s 401, an unknown call 501 and no guess', async () => {
  const { url } = await start();
  const refused = await upsert(url, [], { authorization: 'Bearer other' });
  expect([refused.status, await refused.json()]).toEqual([401, { message: 'toy says 401' }]);
  const unknown = await fetch(`${url}/nothing`, { headers: { authorization: 'Bearer toy-token' } });
  expect(unknown.status).toBe(501);
});

test('faults: a status instead of the effect, an effect whose answer is lost, a break before the effect', async () => {
  const { url } = await start();
  await control(url, 'faults', { match: 'POST /people', status: 503, times: 1 });
  expect((await upsert(url, [{ mail: 'a@b.c' }])).status).toBe(503);
  expect((await ledger(url)).effects).toEqual([]);

  await control(url, 'faults', { match: '/people', drop: 'before' });
  await expect(upsert(url, [{ mail: 'a@b.c' }])).rejects.toThrow(/fetch failed/);
  expect((await ledger(url)).effects).toEqual([]);

  await control(url, 'faults', { match: '/people', drop: 'after' });
  await expect(upsert(url, [{ mail: 'a@b.c' }])).rejects.toThrow(/fetch failed/);
  expect((await ledger(url)).effects).toHaveLength(1);
  expect((await upsert(url, [{ mail: 'a@b.c' }])).status).toBe(200);
});

test('faults: a fault that says nothing is refused with the reason', async () => {
  const { url } = await start();
  const { status, body } = await control(url, 'faults', { match: '/people' });
  expect([status, String(body['error'])]).toEqual([
    400,
    expect.stringContaining('a status, a delayMs or a drop'),
  ]);
});

test('idempotency: a key gives the first answer again, a stored 500 too, and no other request', async () => {
  const { url } = await start();
  const create = (domain: string, key: string) =>
    fetch(`${url}/firms`, {
      method: 'POST',
      headers: { authorization: 'Bearer toy-token', 'toy-key': key },
      body: new URLSearchParams({ domain, 'meta[title]': 'T' }),
    });
  const first = await create('one.example', 'k1');
  const again = await create('one.example', 'k1');
  expect([first.headers.get('toy-repeated'), again.headers.get('toy-repeated')]).toEqual([null, 'yes']);
  expect(await again.json()).toEqual(await first.json());
  expect((await create('two.example', 'k1')).status).toBe(400);

  await control(url, 'faults', { match: 'POST /firms', status: 500 });
  expect((await create('three.example', 'k3')).status).toBe(500);
  const stored = await create('three.example', 'k3');
  expect([stored.status, stored.headers.get('toy-repeated')]).toEqual([500, 'yes']);
  expect((await ledger(url)).effects).toHaveLength(1);
});

test('a rate limit that was set answers the vendor’s 429 with its Retry-After', async () => {
  const { url } = await start();
  await control(url, 'rate-limit', { requests: 2, seconds: 60 });
  const statuses = [];
  for (let count = 0; count < 3; count += 1) statuses.push((await upsert(url, [])).status);
  expect(statuses).toEqual([200, 200, 429]);
  expect(Number((await upsert(url, [])).headers.get('retry-after'))).toBeGreaterThan(0);
  await control(url, 'rate-limit', null);
  expect((await upsert(url, [])).status).toBe(200);
});

test('send: the delivery carries a signature that the scheme accepts, a forged one does not', async () => {
  const seen: { headers: Record<string, unknown>; body: string; url: string }[] = [];
  const receiver = await listen((request, body) =>
    seen.push({ headers: request.headers, body, url: request.url ?? '' }),
  );
  const { url, webhookSecret } = await start();
  const to = `${receiver}/v1/hooks/crm?x=1`;
  const sent = await control(url, 'send', { to, event: { event: 'e1' } });
  expect(sent).toEqual({ status: 200, body: { status: 202, body: 'taken' } });
  await control(url, 'send', { to, event: { event: 'e2' }, secret: 'not-the-secret' });
  const verified = seen.map(({ headers, body }) =>
    verifyDelivery(
      toySignature,
      { method: 'POST', url: to, headers: headers as Record<string, string>, rawBody: Buffer.from(body) },
      [webhookSecret],
      new Date(),
    ),
  );
  expect(seen.map(({ body }) => JSON.parse(body))).toEqual([[{ event: 'e1' }], [{ event: 'e2' }]]);
  expect(verified.map((verdict) => verdict.verified)).toEqual([true, false]);
});

test('a sandbox listens and sends on loopback alone', async () => {
  await expect(startSandbox(toySandbox(), { host: '0.0.0.0' })).rejects.toThrow(/loopback/);
  const { url } = await start();
  const to = 'http://198.51.100.7/hook';
  for (const [route, body] of [
    ['send', { to, event: 1 }],
    ['subscribe', { to }],
  ] as const) {
    const refused = await control(url, route, body);
    expect([refused.status, String(refused.body['error'])]).toEqual([
      400,
      expect.stringContaining('loopback'),
    ]);
  }
});

test('subscribe: a change is told to the subscriber, signed, until it is taken back', async () => {
  const bodies: string[] = [];
  const receiver = await listen((_request, body) => bodies.push(body));
  const running = await startSandbox(
    toySandbox({
      handlers: ({ emit }) => [
        http.post('https://api.toy.example/people/batch', async ({ request }) => {
          emit((await request.json()) as JsonValue);
          return HttpResponse.json({ results: [], errors: [] });
        }),
      ],
    }),
  );
  open.push(running);
  await control(running.url, 'subscribe', { to: receiver });
  await upsert(running.url, [{ mail: 'a@b.c' }]);
  await running.sandbox.settled();
  await control(running.url, 'subscribe', { to: receiver, remove: true });
  await upsert(running.url, [{ mail: 'd@e.f' }]);
  await running.sandbox.settled();
  expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([[{ people: [{ mail: 'a@b.c' }] }]]);
});

test('defineSandbox: the sandbox starts itself and stops', async () => {
  const running = await defineSandbox(toySandbox()).start();
  expect(JSON.parse(JSON.stringify(running))).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    accessToken: 'toy-token',
    webhookSecret: 'toy-secret',
  });
  await running.stop();
  await expect(fetch(running.url)).rejects.toThrow(/fetch failed/);
});

async function listen(take: (request: IncomingMessage, body: string) => void): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      take(request, Buffer.concat(chunks).toString());
      response.writeHead(202).end('taken');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
