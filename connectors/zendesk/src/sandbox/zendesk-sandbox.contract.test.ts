import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createManualClock,
  createSandbox,
  type Sandbox,
  type SandboxAnswer,
} from '@onceover/connector-kit/sandbox';
import { readGrantedScopes, verifyDelivery } from '@onceover/contract';
import { beforeEach, expect, test } from 'vitest';
import { zendeskContract } from '../testing/zendesk-contract.ts';
import { zendesk } from '../zendesk-connector.ts';
import { sandbox as zendeskSandbox, ticketPriorityChanged, type ZendeskState } from './index.ts';

let sandbox: Sandbox<ZendeskState>;
let problems: string[];
const clock = createManualClock('2026-11-24T10:00:00Z');

beforeEach(() => {
  problems = [];
  sandbox = createSandbox(zendeskSandbox, {
    clock,
    onExchange({ request, answer }) {
      problems.push(...zendeskContract.answer(request, answer));
    },
  });
});

const call = (
  method: string,
  target: string,
  { token = sandbox.accessToken, body, key }: { token?: string; body?: unknown; key?: string } = {},
) => {
  const [path = '', query = ''] = target.split('?');
  return sandbox.answer({
    method,
    path,
    query,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: body === undefined ? '' : JSON.stringify(body),
  });
};
const json = ({ body }: SandboxAnswer) => JSON.parse(body) as Record<string, unknown>;
const header = ({ headers }: SandboxAnswer, wanted: string) =>
  headers.find(([name]) => name.toLowerCase() === wanted)?.[1];

const client = { client_id: 'onceover', client_secret: 'secret' };
const ticket = { ticket: { subject: 'x', comment: { body: 'y' } } };

test('tokens: a refresh ends the access token and the refresh token before it, at once', async () => {
  const first = json(
    await call('POST', '/oauth/tokens', {
      body: { grant_type: 'client_credentials', ...client, scope: 'tickets:read tickets:write' },
    }),
  );
  expect(readGrantedScopes(zendesk.manifest.auth, first)).toEqual(['tickets:read', 'tickets:write']);
  const list = (token: unknown) => call('GET', '/api/v2/tickets', { token: String(token) });
  expect((await list(first['access_token'])).status).toBe(200);

  const refresh = (token: unknown) =>
    call('POST', '/oauth/tokens', { body: { grant_type: 'refresh_token', ...client, refresh_token: token } });
  const second = json(await refresh(first['refresh_token']));
  expect((await list(first['access_token'])).status).toBe(401);
  expect((await list(second['access_token'])).status).toBe(200);

  const again = await refresh(first['refresh_token']);
  expect(again.status).toBe(400);
  expect(json(again)).toMatchObject({ error: 'invalid_grant' });
  clock.advance(1801);
  expect((await list(second['access_token'])).status).toBe(401);
  expect(problems).toEqual([]);
});

test('tokens: a code is redeemed once, by its redirect URI and verifier; a form is refused', async () => {
  const redirectUri = 'https://onceover.example/v1/oauth/callback/zendesk-app';
  const code = sandbox.tokens.issueCode({ scopes: ['tickets:read'], redirectUri });
  const redeem = (redirect: string) =>
    call('POST', '/oauth/tokens', {
      body: { grant_type: 'authorization_code', ...client, code, redirect_uri: redirect },
    });
  expect(json(await redeem(redirectUri))).toMatchObject({ token_type: 'bearer', scope: 'tickets:read' });
  expect((await redeem(redirectUri)).status).toBe(400);
  const form = await sandbox.answer({
    method: 'POST',
    path: '/oauth/tokens',
    query: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=refresh_token',
  });
  expect(json(form)).toMatchObject({ error: 'invalid_request' });
  expect(problems).toEqual([]);
});

test.each([
  ['GET', '/api/v2/tickets', ['tickets:read']],
  ['GET', '/api/v2/tickets?include=users', ['tickets:read', 'users:read']],
  ['GET', '/api/v2/tickets/1?include=users', ['tickets:read', 'users:read']],
  ['GET', '/api/v2/tickets/1/comments', ['tickets:read']],
  ['POST', '/api/v2/tickets', ['tickets:write']],
  ['PUT', '/api/v2/tickets/1', ['tickets:write']],
  ['POST', '/api/v2/users/create_or_update', ['users:write']],
] as const)('scopes: %s %s needs exactly %j', async (method, target, needed) => {
  const all = Object.keys(zendesk.manifest.auth.scopes);
  const body = method === 'GET' ? {} : { body: { ticket: {}, user: {} } };
  for (const missing of needed) {
    const { accessToken } = sandbox.tokens.grant(all.filter((scope) => scope !== missing));
    const refused = await call(method, target, { token: accessToken, ...body });
    expect(refused.status).toBe(403);
    expect(json(refused)).toEqual({
      error: 'Forbidden',
      description: `You are missing the following required scopes: ${missing}`,
    });
  }
  const { accessToken } = sandbox.tokens.grant([...needed]);
  expect((await call(method, target, { token: accessToken, ...body })).status).not.toBe(403);
});

test('idempotency: a key makes one ticket for two hours, and refuses another body', async () => {
  const first = await call('POST', '/api/v2/tickets', { body: ticket, key: 'k1' });
  const again = await call('POST', '/api/v2/tickets', { body: ticket, key: 'k1' });
  expect(header(first, 'x-idempotency-lookup')).toBe('miss');
  expect(header(again, 'x-idempotency-lookup')).toBe('hit');
  expect(json(again)).toEqual(json(first));
  const other = await call('POST', '/api/v2/tickets', {
    body: { ticket: { ...ticket.ticket, subject: 'z' } },
    key: 'k1',
  });
  expect(other.status).toBe(400);
  expect(json(other)).toMatchObject({ error: 'IdempotentRequestError' });
  clock.advance(2 * 3600);
  const later = await call('POST', '/api/v2/tickets', { body: ticket, key: 'k1' });
  expect(header(later, 'x-idempotency-lookup')).toBe('miss');
  expect(json(later)).not.toEqual(json(first));
  expect(problems).toEqual([]);
});

test('limits: past the limit comes 429 with Retry-After, and each answer tells what is left', async () => {
  sandbox.rateLimit.set({ requests: 1, seconds: 60 });
  const within = await call('GET', '/api/v2/tickets');
  expect(header(within, 'x-rate-limit')).toBe('1');
  expect(header(within, 'x-rate-limit-remaining')).toBe('0');
  const beyond = await call('GET', '/api/v2/tickets');
  expect(beyond.status).toBe(429);
  expect(header(beyond, 'retry-after')).toBe('60');
  expect(header(beyond, 'ratelimit-reset')).toBe('60');
});

test('webhooks: our own write is told, signed, with who acted; a repeated event keeps its invocation', async () => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const to = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/hooks/support`;
  try {
    sandbox.subscribe(to);
    const { ticket: opened } = json(await call('POST', '/api/v2/tickets', { body: ticket })) as {
      ticket: { id: number };
    };
    await call('PUT', `/api/v2/tickets/${opened.id}`, { body: { ticket: { priority: 'urgent' } } });
    await sandbox.settled();
    const event = ticketPriorityChanged({
      eventId: 'e-1',
      at: '2026-11-24T10:00:00Z',
      ticket: { id: opened.id, subject: 'x', requesterId: 7 },
      priority: 'high',
    });
    await sandbox.send({ to, event });
    await sandbox.send({ to, event, secret: 'forged' });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  const verdicts = received.map(({ headers, body }) =>
    verifyDelivery(
      zendeskSandbox.webhook.scheme,
      {
        method: 'POST',
        url: to,
        headers: headers as Record<string, string | undefined>,
        rawBody: Buffer.from(body),
      },
      [sandbox.webhookSecret],
      clock.now(),
    ),
  );
  expect(verdicts.map(({ verified }) => verified)).toEqual([true, true, true, false]);
  const [opening, rise, sent, forged] = received;
  expect(JSON.parse(opening?.body ?? '')).toMatchObject({
    type: 'zen:event-type:ticket.created',
    detail: { actor_id: String(sandbox.state.agentId) },
  });
  expect(JSON.parse(rise?.body ?? '')).toMatchObject({
    type: 'zen:event-type:ticket.priority_changed',
    event: { current: 'URGENT', previous: null },
  });
  const invocation = 'x-zendesk-webhook-invocation-id';
  expect(sent?.headers[invocation]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(forged?.headers[invocation]).toBe(sent?.headers[invocation]);
  expect(rise?.headers[invocation]).not.toBe(opening?.headers[invocation]);
});

test('start: it listens, tells its credentials, takes seeds and stops', async () => {
  const { url, accessToken, webhookSecret, stop } = await zendeskSandbox.start({ port: 0 });
  const seed = {
    records: [
      {
        ticket: { id: 5158, subject: 'The export hangs' },
        requester: { id: 7, name: 'Ada', email: 'ada@example.com' },
      },
    ],
  };
  const seeded = await fetch(`${url}/_sandbox/seed`, { method: 'POST', body: JSON.stringify(seed) });
  const shown = await fetch(`${url}/api/v2/tickets/5158`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const ledger = await fetch(`${url}/_sandbox/ledger`);
  expect([seeded.status, shown.status]).toEqual([200, 200]);
  expect(await shown.json()).toMatchObject({ ticket: { id: 5158, status: 'open' } });
  expect(await ledger.json()).toMatchObject({ effects: [] });
  expect(webhookSecret).not.toBe('');
  await stop();
  await expect(fetch(`${url}/_sandbox/ledger`)).rejects.toThrow('fetch failed');
});
