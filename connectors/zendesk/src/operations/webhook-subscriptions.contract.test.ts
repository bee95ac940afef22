import { expect, test } from 'vitest';
import { callsOf, cannedBroker } from '../testing/canned-answers.ts';

const url = 'https://onceover.example/v1/hooks/billing';
const topics = ['zen:event-type:ticket.created'];
const webhook = { id: 'w', endpoint: url, status: 'active', subscriptions: topics };
const create = (broker: ReturnType<typeof cannedBroker>, at = url) =>
  broker.run('subscriptions.create', { records: [{ url: at, topics }] });

test('list: every page is read, a hundred at a time; one of no events, and one that is off, are told', async () => {
  const broker = cannedBroker(
    { body: { webhooks: [webhook], meta: { has_more: true, after_cursor: 'c 1' } } },
    {
      body: {
        webhooks: [{ ...webhook, status: 'inactive', subscriptions: null }],
        meta: { has_more: false },
      },
    },
  );
  const result = await broker.run('subscriptions.list', { input: {} });
  expect(callsOf(result)).toEqual([
    'GET /api/v2/webhooks?page%5Bsize%5D=100',
    'GET /api/v2/webhooks?page%5Bsize%5D=100&page%5Bafter%5D=c+1',
  ]);
  expect(result.reply).toMatchObject({
    output: {
      subscriptions: [
        { vendorId: 'w', url, topics, isActive: true },
        { vendorId: 'w', url, topics: [], isActive: false },
      ],
    },
  });
});

test.each([[null], [{}], [{ has_more: null }], [{ has_more: true, after_cursor: null }]])(
  'list: with %o as its end it ends',
  async (meta) => {
    const broker = cannedBroker({ body: { webhooks: [webhook], meta } });
    const { reply } = await broker.run('subscriptions.list', { input: {} });
    expect(reply).toMatchObject({ output: { subscriptions: [{ vendorId: 'w' }] } });
  },
);

test('list: a webhook without an id is not as Zendesk documents it', async () => {
  const broker = cannedBroker({ body: { webhooks: [{ ...webhook, id: '' }] } });
  const { reply } = await broker.run('subscriptions.list', { input: {} });
  expect(reply).toMatchObject({ error: { code: 'unexpected_answer' } });
});

test.each([
  [url, 'Onceover billing'],
  ['https://onceover.example/', 'Onceover'],
])('create: what delivers to %s is called %s', async (at, name) => {
  const result = await create(cannedBroker({ status: 201, body: { webhook: { id: 'w' } } }), at);
  expect(callsOf(result)).toEqual(['POST /api/v2/webhooks']);
  expect(JSON.parse(result.calls[0]?.request.body ?? '')).toEqual({
    webhook: {
      name,
      endpoint: at,
      http_method: 'POST',
      request_format: 'json',
      status: 'active',
      subscriptions: topics,
    },
  });
  expect(result.reply).toMatchObject({ outcomes: [{ outcome: 'created', vendorId: 'w' }] });
});

test('create: an answer that does not name it leaves its outcome open', async () => {
  const { reply } = await create(cannedBroker({ status: 201, body: { webhook: { id: '' } } }));
  expect(reply).toMatchObject({ outcomes: [{ outcome: 'outcome_unknown' }] });
});

test.each([
  ['endpoint', '/url'],
  ['subscriptions', '/topics'],
])('create: what Zendesk says of %s is said of %s', async (field, pointer) => {
  const details = { [field]: [{ description: 'is not valid', error: 'InvalidValue' }] };
  const body = { error: 'RecordInvalid', description: 'Record validation errors', details };
  const { reply } = await create(cannedBroker({ status: 422, body }));
  expect(reply).toMatchObject({ error: { class: 'ValidationError' } });
  expect(JSON.stringify(reply)).toMatch(new RegExp(`${pointer}(?![a-z])`));
});

test('create: one whose answer was lost is found by its URL', async () => {
  const looked = async (...endpoints: string[]) => {
    const webhooks = endpoints.map((endpoint) => ({ ...webhook, id: `of ${endpoint}`, endpoint }));
    const record = { url, topics };
    const { reply } = await cannedBroker({ body: { webhooks } }).lookup('subscriptions.create', [record]);
    return reply;
  };
  expect(await looked(`${url}/2`, url)).toEqual({ kind: 'looked-up', vendorIds: [`of ${url}`] });
  expect(await looked(`${url}/2`)).toEqual({ kind: 'looked-up', vendorIds: [null] });
});

test('remove and tell: an id stays one part of the path', async () => {
  const records = [{ vendorId: 'w?1' }];
  const removed = await cannedBroker({ status: 404, body: {} }).run('subscriptions.remove', { records });
  expect(callsOf(removed)).toEqual(['DELETE /api/v2/webhooks/w%3F1']);
  expect(removed.reply).toMatchObject({ outcomes: [{ outcome: 'unchanged', vendorId: 'w?1' }] });
  const told = await cannedBroker({ body: { signing_secret: { algorithm: 'SHA256', secret: 'x' } } }).run(
    'subscriptions.tellSecret',
    { input: { vendorId: 'w?1' } },
  );
  expect(callsOf(told)).toEqual(['GET /api/v2/webhooks/w%3F1/signing_secret']);
});
