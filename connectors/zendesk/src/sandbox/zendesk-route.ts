import { http, type HttpResponseResolver, type RequestHandler } from 'msw';
import { sandboxOrigin } from './zendesk-json.ts';

/** A call of Zendesk's API. Each path answers with `.json` behind it, too, which is how older clients call it. */
export function zendeskRoute(
  method: 'get' | 'post' | 'put' | 'delete',
  path: `/${string}`,
  resolver: HttpResponseResolver,
): readonly RequestHandler[] {
  // The longer path first: `:id` would take its ending for a part of the id.
  return [`${path}.json`, path].map((each) => http[method](`${sandboxOrigin}${each}`, resolver));
}
