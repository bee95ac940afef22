import type { ServerResponse } from 'node:http';
import { answerJson, type SeenRequest, startVendor, type Vendor } from './vendor.fixture.ts';

export interface VendorWebhook {
  id: string;
  url: string;
  topics: readonly string[];
  on: boolean;
  secret: string;
  ends?: string;
}

/** A vendor that keeps webhooks, on loopback. */
export interface SubscriptionVendor extends AsyncDisposable {
  origin: string;
  webhooks: VendorWebhook[];
  requests: Vendor['requests'];
  /** A webhook as somebody else makes it. */
  add(webhook: Partial<VendorWebhook> & { url: string }): VendorWebhook;
  /** Told between a creation and its answer. */
  onCreated: () => Promise<void> | void;
  /** Repeats its answer for a key that it knows, as some vendors do. */
  keepsKeys: boolean;
  /** When what is made ends by itself. */
  ends: string | undefined;
  /** Our app may look and not subscribe. */
  refusesCreation: boolean;
  /** Answers all calls with this status. */
  failure: number | undefined;
  /** Makes what it is asked for and answers 500; a vendor that keeps keys repeats that answer. */
  breaksAfterCreation: boolean;
  /** How it writes a URL down. */
  writes: (url: string) => string;
  /** Lists the first one of a page once more on the next page, as lists that move under their reader do. */
  repeatsWhileListing: boolean;
}

export async function startSubscriptionVendor(): Promise<SubscriptionVendor> {
  const vendor = await startVendor();
  const keys = new Map<string, [status: number, body: unknown]>();
  let last = 0;
  const add: SubscriptionVendor['add'] = (webhook) => {
    last += 1;
    const one = {
      id: `wh_${last}`,
      topics: ['order.paid'],
      on: true,
      secret: `vendor-secret-${last}-0123`,
      ...webhook,
    };
    state.webhooks.push(one);
    return one;
  };
  const state: SubscriptionVendor = {
    origin: vendor.origin,
    webhooks: [],
    requests: vendor.requests,
    add,
    onCreated: () => {},
    keepsKeys: false,
    ends: undefined,
    refusesCreation: false,
    failure: undefined,
    breaksAfterCreation: false,
    writes: (url) => url,
    repeatsWhileListing: false,
    [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose](),
  };

  const create = async ({ headers, body }: SeenRequest): Promise<[status: number, body: unknown]> => {
    const key = String(headers['idempotency-key']);
    const known = state.keepsKeys ? keys.get(key) : undefined;
    if (known !== undefined) return known;
    const { url, topics } = JSON.parse(body) as { url: string; topics: string[] };
    const ends = state.ends === undefined ? {} : { ends: state.ends };
    const made = add({ url: state.writes(url), topics, ...ends });
    const answer: [number, unknown] = state.breaksAfterCreation
      ? [500, { message: 'broken' }]
      : [200, { ...made, at: vendor.origin }];
    keys.set(key, answer);
    await state.onCreated();
    return answer;
  };
  const answer = async (request: SeenRequest): Promise<[status: number, body: unknown]> => {
    if (state.failure !== undefined) return [state.failure, { message: 'not today' }];
    const { pathname, searchParams } = new URL(request.url, vendor.origin);
    const [, , id = '', part] = pathname.split('/');
    const at = state.webhooks.findIndex((one) => one.id === id);
    if (pathname === '/token') {
      return [200, { access_token: 'app-token-0123456789', token_type: 'bearer', expires_in: 600 }];
    }
    if (request.method === 'POST' && state.refusesCreation) return [403, { message: 'not this app' }];
    if (request.method === 'POST') return create(request);
    if (request.method === 'DELETE') {
      if (at === -1) return [404, { message: 'no such webhook' }];
      state.webhooks.splice(at, 1);
      return [204, null];
    }
    if (part === 'secret')
      return at === -1 ? [404, {}] : [200, { secret: state.webhooks[at]?.secret, at: vendor.origin }];
    // Two on a page.
    const start = state.webhooks.findIndex((one) => one.id === searchParams.get('after')) + 1;
    const from = state.repeatsWhileListing ? Math.max(0, start - 1) : start;
    const page = state.webhooks.slice(from, start + 2).map(({ secret: _secret, ...shown }) => shown);
    const hasMore = state.webhooks.length > start + 2;
    return [200, { webhooks: page, next: hasMore ? (page.at(-1)?.id ?? null) : null }];
  };
  vendor.handle = (request: SeenRequest, response: ServerResponse) => {
    void answer(request).then(([status, body]) =>
      status === 204 ? response.writeHead(204).end() : answerJson(status, body)(request, response),
    );
  };
  return state;
}
