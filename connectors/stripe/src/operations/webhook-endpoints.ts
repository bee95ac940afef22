import { encodeForm, pages } from '@onceover/connector-kit';
import {
  createSubscription,
  idempotencyKey,
  listSubscriptions,
  lookup,
  naturalKey,
  type OperationContext,
  removeSubscription,
} from '@onceover/contract';
import { parseAnswer, postForm, untold } from '../stripe-errors.ts';
import { type EndpointAnswer, endpointAnswerSchema, pageSchema } from '../stripe-objects.ts';

/** The version that this connector reads events of; an endpoint keeps the one that it was made with. */
const apiVersion = '2026-10-28.endive';
const listPage = pageSchema(endpointAnswerSchema);

/** Every endpoint of the account, ours and others. @see https://docs.stripe.com/api/webhook_endpoints/list */
async function listEndpoints({ http, signal }: Pick<OperationContext, 'http' | 'signal'>) {
  const list = pages<EndpointAnswer, string>(async (after) => {
    const { json } = await http.request({
      method: 'GET',
      path: '/v1/webhook_endpoints',
      query: { limit: '100', starting_after: after },
    });
    const { data, has_more: hasMore } = parseAnswer(listPage, json, 'a list of webhook endpoints');
    return { items: data, next: hasMore === true ? data.at(-1)?.id : undefined };
  }, signal);
  const all: EndpointAnswer[] = [];
  for await (const page of list) all.push(...page);
  return all;
}

export const listWebhookEndpoints = listSubscriptions({
  scopes: ['webhook_read'],
  reads: ['GET /v1/webhook_endpoints'],
  source: 'https://docs.stripe.com/api/webhook_endpoints/list',
  async run(context) {
    const endpoints = await listEndpoints(context);
    return {
      subscriptions: endpoints.map(({ id, url, enabled_events: topics, status }) => ({
        vendorId: id,
        url,
        topics,
        isActive: status !== 'disabled',
      })),
    };
  },
});

/** The answer alone tells the signing secret; the broker keeps it. */
export const createWebhookEndpoint = createSubscription({
  guarantee: idempotencyKey({
    header: 'Idempotency-Key',
    hours: 24,
    then: lookup('url', { lagSeconds: 0 }),
  }),
  scopes: ['webhook_read', 'webhook_write'],
  reads: ['GET /v1/webhook_endpoints'],
  writes: ['POST /v1/webhook_endpoints'],
  withholds: [{ pointer: '/secret', secret: 'webhookSecret' }],
  source: 'https://docs.stripe.com/api/webhook_endpoints/create',
  async run({ records: [keyed], http }) {
    if (keyed === undefined) return [];
    const { url, topics } = keyed.record;
    const form = encodeForm({
      url,
      enabled_events: topics,
      api_version: apiVersion,
      description: 'Made and kept by Onceover',
    });
    const answer = await postForm(http, '/v1/webhook_endpoints', form);
    const { data } = endpointAnswerSchema.safeParse(answer);
    return [data === undefined ? untold('a webhook endpoint') : { outcome: 'created', vendorId: data.id }];
  },
  async lookup({ records, ...context }) {
    const endpoints = await listEndpoints(context);
    return records.map(({ record }) => endpoints.find(({ url }) => url === record.url)?.id ?? null);
  },
});

export const removeWebhookEndpoint = removeSubscription({
  guarantee: naturalKey('id'),
  scopes: ['webhook_write'],
  reads: [],
  writes: ['DELETE /v1/webhook_endpoints/{id}'],
  source: 'https://docs.stripe.com/api/webhook_endpoints/delete',
  async run({ records: [keyed], http }) {
    if (keyed === undefined) return [];
    const { vendorId } = keyed.record;
    const path = `/v1/webhook_endpoints/${encodeURIComponent(vendorId)}`;
    const { status } = await http.request({ method: 'DELETE', path, accept: [404] });
    return [{ outcome: status === 404 ? 'unchanged' : 'updated', vendorId }];
  },
});
