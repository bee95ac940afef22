import {
  createSubscription,
  listSubscriptions,
  lookup,
  naturalKey,
  type Operation,
  type OperationContext,
  removeSubscription,
} from '@onceover/contract';
import { http, HttpResponse } from 'msw';
import { z } from 'zod';
import { pages } from '../../index.ts';
import type { SandboxContext } from '../../sandbox/index.ts';
import type { VendorContract } from '../guard/vendor-contract.ts';
import type { ToyState } from './toy-sandbox.ts';

/** A toy that keeps its webhook subscribed; a test changes what it wants to be wrong. */

const source = 'https://toy.example/docs/hooks';
const origin = 'https://api.toy.example';

const hookSchema = z.object({ id: z.string(), to: z.string(), kinds: z.array(z.string()) });
type Hook = z.infer<typeof hookSchema>;
const pageSchema = z.object({ hooks: z.array(hookSchema), next: z.string().optional() });

export async function toyHooks({ http: client, signal }: Pick<OperationContext, 'http' | 'signal'>) {
  const list = pages<Hook, string>(async (after) => {
    const { json } = await client.request({ method: 'GET', path: '/hooks', query: { after } });
    const { hooks, next } = pageSchema.parse(json);
    return { items: hooks, next };
  }, signal);
  const all: Hook[] = [];
  for await (const page of list) all.push(...page);
  return all.map(({ id, to, kinds }) => ({ vendorId: id, url: to, topics: kinds, isActive: true }));
}

type Create = Parameters<typeof createSubscription>[0];

export function toySubscriptionOperations(
  changes: {
    list?: Partial<Parameters<typeof listSubscriptions>[0]>;
    create?: Partial<Create>;
    remove?: Partial<Parameters<typeof removeSubscription>[0]>;
  } = {},
): Operation[] {
  return [
    listSubscriptions({
      scopes: ['people.read'],
      reads: ['GET /hooks'],
      source,
      run: async (context) => ({ subscriptions: await toyHooks(context) }),
      ...changes.list,
    }),
    createSubscription({
      guarantee: lookup('to', { lagSeconds: 0 }),
      scopes: ['people.read'],
      reads: ['GET /hooks'],
      writes: ['POST /hooks'],
      withholds: [{ pointer: '/secret', secret: 'webhookSecret' }],
      source,
      async run({ records: [keyed], http: client }) {
        const { url: to, topics: kinds } = keyed?.record ?? { url: '', topics: [] };
        const { json } = await client.request({ method: 'POST', path: '/hooks', json: { to, kinds } });
        const { data } = z.object({ id: z.string() }).safeParse(json);
        return [
          data === undefined
            ? { outcome: 'outcome_unknown', reason: 'the toy did not say' }
            : { outcome: 'created', vendorId: data.id },
        ];
      },
      async lookup({ records, ...context }) {
        const hooks = await toyHooks(context);
        return records.map(({ record }) => hooks.find(({ url }) => url === record.url)?.vendorId ?? null);
      },
      ...changes.create,
    }),
    removeSubscription({
      guarantee: naturalKey('id'),
      scopes: ['people.read'],
      reads: [],
      writes: ['DELETE /hooks/{id}'],
      source,
      async run({ records: [keyed], http: client }) {
        const vendorId = keyed?.record.vendorId ?? '';
        const { status } = await client.request({
          method: 'DELETE',
          path: `/hooks/${vendorId}`,
          accept: [404],
        });
        return [{ outcome: status === 404 ? 'unchanged' : 'updated', vendorId }];
      },
      ...changes.remove,
    }),
  ];
}

export const toySubscription = {
  per: 'connection' as const,
  topics: ['changed', 'gone'],
  list: 'subscriptions.list',
  create: 'subscriptions.create',
  remove: 'subscriptions.remove',
};

/** Ten on a page. */
export function toyHookHandlers({ ledger, nextId, webhookSecret }: SandboxContext<ToyState>) {
  const hooks: Hook[] = [];
  const record = (action: 'created' | 'deleted', { id, to }: Hook) =>
    ledger.record({ resource: 'subscriptions', naturalKey: to, vendorId: id, action });
  return [
    http.get(`${origin}/hooks`, ({ request }) => {
      const after = new URL(request.url).searchParams.get('after');
      const start = hooks.findIndex(({ id }) => id === after) + 1;
      const page = hooks.slice(start, start + 10);
      const last = page.at(-1)?.id;
      return HttpResponse.json({
        hooks: page,
        ...(hooks.length > start + 10 && last !== undefined ? { next: last } : {}),
      });
    }),
    http.post(`${origin}/hooks`, async ({ request }) => {
      const { to, kinds } = (await request.json()) as Omit<Hook, 'id'>;
      const hook = { id: `h${nextId()}`, to, kinds };
      hooks.push(hook);
      record('created', hook);
      return HttpResponse.json({ ...hook, secret: webhookSecret }, { status: 201 });
    }),
    http.delete(`${origin}/hooks/:id`, ({ params }) => {
      const at = hooks.findIndex(({ id }) => id === params['id']);
      const [found] = at === -1 ? [] : hooks.splice(at, 1);
      if (found === undefined) return HttpResponse.json({ message: 'no such hook' }, { status: 404 });
      record('deleted', found);
      return new HttpResponse(null, { status: 204 });
    }),
  ];
}

const text = { type: 'string' };
const hook = { id: text, to: text, kinds: { type: 'array', items: text } };
const security = [['people.read']];
const whole = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const error = whole({ message: text });

export const toyHookContract: VendorContract['operations'] = {
  'GET /hooks': {
    query: { after: { schema: text } },
    responses: {
      200: whole({ hooks: { type: 'array', items: whole(hook) }, next: text }, ['hooks']),
      default: error,
    },
    security,
  },
  'POST /hooks': {
    query: {},
    request: {
      contentType: 'application/json',
      required: true,
      schema: whole({ to: text, kinds: hook.kinds }),
    },
    responses: { 201: whole({ ...hook, secret: text }), default: error },
    security,
  },
  'DELETE /hooks/{id}': { query: {}, responses: { 204: null, default: error }, security },
};
