import type { StoredCustomer } from './objects/customer-object.ts';
import { StripeRequestError } from './stripe-request-error.ts';

const clause =
  /^(?:(email|name|phone)|metadata\[(['"])((?:\\.|(?!\2)[^\\])+)\2\]):(['"])((?:\\.|(?!\4)[^\\])*)\4$/s;

/**
 * One clause of Stripe's search language: a field, or a metadata key, and an exact value in quotes.
 * @see https://docs.stripe.com/search#search-query-language
 */
export function parseSearch(query: string): (customer: StoredCustomer) => boolean {
  const found = clause.exec(query.trim());
  if (found === null) {
    throw new StripeRequestError(400, {
      param: 'query',
      message: `We were unable to parse your search query: ${query}`,
    });
  }
  const [, field, , key, , raw = ''] = found;
  const value = unescaped(raw);
  if (key !== undefined) return ({ metadata }) => metadata[unescaped(key)] === value;
  return (customer) => customer[field as 'email' | 'name' | 'phone']?.toLowerCase() === value.toLowerCase();
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}
