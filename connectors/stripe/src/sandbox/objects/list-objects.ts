import type Stripe from 'stripe';

export function listObject<Item>(url: string, data: Item[], hasMore: boolean) {
  return { object: 'list', data, has_more: hasMore, url } satisfies Stripe.ApiList<Item>;
}

export function searchObject<Item>(url: string, data: Item[]) {
  return {
    object: 'search_result',
    data,
    has_more: false,
    next_page: null,
    url,
  } satisfies Stripe.ApiSearchResult<Item>;
}
