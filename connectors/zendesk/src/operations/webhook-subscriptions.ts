import { pages } from '@onceover/connector-kit';
import {
  createSubscription,
  listSubscriptions,
  lookup,
  naturalKey,
  type OperationContext,
  removeSubscription,
  tellSubscriptionSecret,
} from '@onceover/contract';
import { z } from 'zod';
import { readAnswer, readProblem, rejectedRecord } from '../zendesk-errors.ts';

const reference = 'https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/';

const webhookSchema = z.object({
  id: z.string().min(1),
  endpoint: z.string(),
  status: z.string(),
  subscriptions: z.array(z.string()).nullish(),
});
type Webhook = z.output<typeof webhookSchema>;

const listSchema = z.object({
  webhooks: z.array(webhookSchema),
  meta: z.object({ has_more: z.boolean().nullish(), after_cursor: z.string().nullish() }).nullish(),
});
const madeSchema = z.object({ webhook: z.object({ id: z.string().min(1) }) });

/** Every webhook of the account: https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/#list-webhooks */
async function listWebhooks({ http, signal }: Pick<OperationContext, 'http' | 'signal'>): Promise<Webhook[]> {
  const list = pages<Webhook, string>(async (after) => {
    const query = { 'page[size]': '100', 'page[after]': after };
    const response = await http.request({ method: 'GET', path: '/api/v2/webhooks', query });
    const { webhooks, meta } = readAnswer(listSchema, response);
    return { items: webhooks, next: meta?.has_more === true ? (meta.after_cursor ?? undefined) : undefined };
  }, signal);
  const all: Webhook[] = [];
  for await (const page of list) all.push(...page);
  return all;
}

/** A list may show secrets of webhooks that others made, too. */
export const listWebhookSubscriptions = listSubscriptions({
  scopes: ['webhooks:read'],
  reads: ['GET /api/v2/webhooks'],
  withholds: [{ pointer: '/webhooks/*/signing_secret/secret', secret: 'webhookSecret' }],
  source: `${reference}#list-webhooks`,
  async run(context) {
    const webhooks = await listWebhooks(context);
    return {
      subscriptions: webhooks.map(({ id, endpoint: url, status, subscriptions }) => ({
        vendorId: id,
        url,
        topics: subscriptions ?? [],
        isActive: status === 'active',
      })),
    };
  },
});

export const createWebhookSubscription = createSubscription({
  // Keys are for tickets alone: one whose answer was lost is found by its endpoint.
  guarantee: lookup('endpoint', { lagSeconds: 0 }),
  scopes: ['webhooks:read', 'webhooks:write'],
  reads: ['GET /api/v2/webhooks'],
  writes: ['POST /api/v2/webhooks'],
  withholds: [{ pointer: '/webhook/signing_secret/secret', secret: 'webhookSecret' }],
  source: `${reference}#create-or-clone-webhook`,
  async run({ records: [keyed], http }) {
    if (keyed === undefined) return [];
    const { url, topics } = keyed.record;
    const { status, json } = await http.request({
      method: 'POST',
      path: '/api/v2/webhooks',
      json: {
        webhook: {
          name: `Onceover ${new URL(url).pathname.split('/').at(-1) ?? ''}`.trim(),
          endpoint: url,
          http_method: 'POST',
          request_format: 'json',
          status: 'active',
          subscriptions: topics,
        },
      },
      accept: [422],
    });
    if (status === 422)
      throw rejectedRecord(readProblem(json), { endpoint: '/url', subscriptions: '/topics' });
    const { data } = madeSchema.safeParse(json);
    return [
      data === undefined
        ? {
            outcome: 'outcome_unknown',
            reason: 'Zendesk accepted the webhook, but its answer does not name it',
          }
        : { outcome: 'created', vendorId: data.webhook.id },
    ];
  },
  async lookup({ records, ...context }) {
    const webhooks = await listWebhooks(context);
    return records.map(({ record }) => webhooks.find(({ endpoint }) => endpoint === record.url)?.id ?? null);
  },
});

export const removeWebhookSubscription = removeSubscription({
  guarantee: naturalKey('id'),
  scopes: ['webhooks:write'],
  reads: [],
  writes: ['DELETE /api/v2/webhooks/{id}'],
  source: `${reference}#delete-webhook`,
  async run({ records: [keyed], http }) {
    if (keyed === undefined) return [];
    const { vendorId } = keyed.record;
    const path = `/api/v2/webhooks/${encodeURIComponent(vendorId)}`;
    const { status } = await http.request({ method: 'DELETE', path, accept: [404] });
    return [{ outcome: status === 404 ? 'unchanged' : 'updated', vendorId }];
  },
});

/** Zendesk tells the signing secret of a webhook whenever it is asked. The broker takes it out of the answer. */
export const tellWebhookSecret = tellSubscriptionSecret({
  scopes: ['webhooks:read'],
  reads: ['GET /api/v2/webhooks/{id}/signing_secret'],
  withholds: [{ pointer: '/signing_secret/secret', secret: 'webhookSecret' }],
  source: `${reference}#show-webhook-signing-secret`,
  async run({ input, http }) {
    const path = `/api/v2/webhooks/${encodeURIComponent(input.vendorId)}/signing_secret`;
    await http.request({ method: 'GET', path });
    return input;
  },
});
