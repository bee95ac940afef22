import type { HttpClient } from '@onceover/contract';
import { parseAnswer } from '../stripe-errors.ts';
import { customerAnswerSchema, externalId, pageSchema, type CustomerAnswer } from '../stripe-objects.ts';

const searchPage = pageSchema(customerAnswerSchema);

/**
 * The customer that carries our key, the oldest when several do; undefined when there is none. The search lags
 * behind writes, by less than a minute when all is well.
 * @see https://docs.stripe.com/api/customers/search and https://docs.stripe.com/search#search-query-language
 */
export async function findCustomer(http: HttpClient, key: string): Promise<CustomerAnswer | undefined> {
  const { json } = await http.request({
    method: 'GET',
    path: '/v1/customers/search',
    query: { query: `metadata['${externalId}']:${quoted(key)}`, limit: '100' },
  });
  return (
    parseAnswer(searchPage, json, 'a search result')
      // The search may match more loosely than we mean it.
      .data.filter(({ deleted, metadata }) => deleted !== true && metadata?.[externalId] === key)
      .sort((a, b) => a.created - b.created)[0]
  );
}

/** A value of the search language: its quotes and backslashes are escaped. */
export function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
