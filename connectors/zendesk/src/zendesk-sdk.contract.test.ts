import { type RunningSandbox, startSandbox } from '@onceover/connector-kit/sandbox';
import { TestBroker } from '@onceover/connector-kit/testing';
import zendeskSdk from 'node-zendesk';
import { Agent } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sandbox as zendeskSandbox } from './sandbox/index.ts';
import { zendesk } from './zendesk-connector.ts';

// node-zendesk (community) takes an http endpoint as it is: real loopback HTTP, nothing intercepted. It writes
// `.json` behind every path, which Zendesk answers alike, and keeps the query out of its own hands.

interface Wire {
  method: string;
  path: string;
  contentType: string | undefined;
  authorization: string | undefined;
  body: unknown;
}

let running: RunningSandbox;
let wire: Wire[];

beforeEach(async () => {
  wire = [];
  running = await startSandbox(zendeskSandbox, {
    onExchange({ request: { method, path, headers, body } }) {
      wire.push({
        method,
        path: path.replace(/\.json$/, ''),
        contentType: headers['content-type'],
        authorization: headers['authorization'],
        body: body === '' ? undefined : JSON.parse(body),
      });
    },
  });
});

afterEach(async () => {
  await running.close();
});

const user = { email: 'ada@example.com', name: 'Ada Lovelace' };
const ticket = {
  externalId: 'invoice-in_1',
  subject: 'First invoice paid',
  description: 'Ada paid her first invoice.',
  requester: user,
  priority: 'normal',
};

test('SDK: node-zendesk, pointed at the sandbox, completes the same story', async () => {
  const client = sdkClient();
  const opened = await client.tickets.create({
    ticket: {
      external_id: 'invoice-in_1',
      subject: 'First invoice paid',
      comment: { body: 'Ada paid her first invoice.' },
      requester: user,
    },
  });
  const { id } = opened.result;
  await client.tickets.update(id, {
    ticket: { comment: { body: 'Refunded.', public: false }, priority: 'urgent' },
  });
  const created = await client.users.createOrUpdate({ user: { email: 'ADA@example.com', name: 'Ada King' } });
  const shown = await client.tickets.show(id);
  const comments = await client.tickets.getComments(id);
  const listed = await client.tickets.list();

  expect(opened.response.status).toBe(201);
  // The requester is known since the ticket, so the user is changed and not made.
  expect(created.response.status).toBe(200);
  expect(shown.result).toMatchObject({ id, priority: 'urgent', requester_id: created.result.id });
  expect(comments.map(({ body, public: isPublic }) => [body, isPublic])).toEqual([
    ['Ada paid her first invoice.', true],
    ['Refunded.', false],
  ]);
  expect(listed.map((each) => each.id)).toEqual([id]);
  await expect(client.tickets.show(1)).rejects.toThrow('Zendesk Error (404)');
  expect(running.sandbox.ledger.effects()).toEqual([
    expect.objectContaining({ resource: 'tickets', naturalKey: 'invoice-in_1', action: 'created', count: 1 }),
    expect.objectContaining({ resource: 'comments', action: 'created', count: 1 }),
    expect.objectContaining({
      resource: 'users',
      naturalKey: 'ada@example.com',
      action: 'updated',
      count: 1,
    }),
  ]);
});

test('SDK: create_or_update goes over the wire as node-zendesk sends it', async () => {
  await broker().run('users.upsert', { records: [user] });
  const ours = wire.splice(0);
  await sdkClient().users.createOrUpdate({ user: { ...user, skip_verify_email: true } });
  expect(ours).toEqual(wire);
});

test('SDK: opening and changing a ticket goes over the wire as node-zendesk sends it', async () => {
  const us = broker();
  await us.run('tickets.upsert', { records: [ticket] });
  await us.run('tickets.upsert', {
    records: [{ ...ticket, subject: 'Paid twice', priority: 'high' }],
    event: 'event-2',
  });
  const ours = wire.splice(0).filter(({ method }) => method !== 'GET');
  const id = Number(running.sandbox.ledger.effects()[0]?.vendorId);

  const client = sdkClient();
  await client.tickets.create({
    ticket: {
      external_id: 'invoice-in_1',
      subject: 'First invoice paid',
      comment: { body: 'Ada paid her first invoice.' },
      requester: user,
      priority: 'normal',
    },
  });
  await client.tickets.update(id, { ticket: { subject: 'Paid twice', priority: 'high' } });
  expect(ours).toEqual(wire);
});

test('SDK: a comment goes over the wire as node-zendesk sends it, with our reference beside it', async () => {
  running.sandbox.seed([
    { ticket: { id: 5158, subject: 'The export hangs' }, requester: { id: 7, ...user } },
  ]);
  const comment = { reference: 're_1', ticket: { vendorId: '5158' }, body: 'Refunded.', public: true };
  await broker().run('comments.create', { records: [comment] });
  const ours = wire.splice(0).filter(({ method }) => method !== 'GET');
  await sdkClient().tickets.update(5158, {
    ticket: {
      comment: { body: 'Refunded.', public: true },
      metadata: { onceover_reference: 're_1' },
    },
  });
  expect(ours).toEqual(wire);
});

test('SDK: a webhook goes over the wire as node-zendesk sends it, which reads its secret and deletes it', async () => {
  const url = 'https://onceover.example/v1/hooks/support';
  const topics = ['zen:event-type:ticket.created'];
  await broker().run('subscriptions.create', { records: [{ url, topics }] });
  const ours = wire.splice(0);
  const { webhooks } = sdkClient();
  const made = await webhooks.create({
    webhook: {
      name: 'Onceover support',
      endpoint: url,
      http_method: 'POST',
      request_format: 'json',
      status: 'active',
      subscriptions: topics,
    },
  });
  expect(ours).toEqual(wire);
  const { id } = made.result;
  expect((await webhooks.getSigningSecret(id)).result).toMatchObject({
    signing_secret: { secret: running.sandbox.webhookSecret },
  });
  await webhooks.delete(id);
  const { reply } = await broker().run('subscriptions.list', { input: {} });
  expect(reply).toMatchObject({ output: { subscriptions: [{ url, topics, isActive: true }] } });
});

function broker(): TestBroker {
  return new TestBroker({
    connector: zendesk,
    dispatcher: new Agent(),
    accessToken: running.accessToken,
    variables: { subdomain: 'acme' },
    origin: running.url,
  });
}

/** The methods that the story needs: the package's own types know neither `result` nor `metadata`. */
interface SdkClient {
  users: { createOrUpdate(body: unknown): Promise<{ response: { status: number }; result: { id: number } }> };
  tickets: {
    create(body: unknown): Promise<{ response: { status: number }; result: { id: number } }>;
    update(id: number, body: unknown): Promise<unknown>;
    show(id: number): Promise<{ result: Record<string, unknown> }>;
    list(): Promise<{ id: number }[]>;
    getComments(id: number): Promise<{ body: string; public: boolean }[]>;
  };
  webhooks: {
    create(body: unknown): Promise<{ result: { id: string } }>;
    getSigningSecret(id: string): Promise<{ result: unknown }>;
    delete(id: string): Promise<unknown>;
  };
}

function sdkClient(): SdkClient {
  // The package is CommonJS: its functions are on the default export, which its types do not say.
  const { createClient } = zendeskSdk as unknown as { createClient(options: object): SdkClient };
  return createClient({ endpointUri: `${running.url}/api/v2`, oauth: true, token: running.accessToken });
}
