import { getResponse, type RequestHandler } from 'msw';
import { UnhandledRequestError } from '../sandbox/index.ts';
import { AnswerDispatcher } from './answer-dispatcher.ts';

/** A dispatcher over msw handlers. A request that none of them answers is an error. */
export function createHandlersDispatcher(handlers: readonly RequestHandler[]): AnswerDispatcher {
  return new AnswerDispatcher(async ({ origin, method, path, query, headers, body }) => {
    const response = await getResponse(
      [...handlers],
      new Request(`${origin}${path}${query === '' ? '' : `?${query}`}`, {
        method,
        headers,
        ...(body === '' ? {} : { body }),
      }),
    );
    if (response === undefined) throw new UnhandledRequestError({ method, path });
    return {
      status: response.status,
      headers: [...response.headers],
      body: response.body === null ? '' : await response.text(),
    };
  });
}
