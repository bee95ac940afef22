import { parseJson, readPointer, readPointerText, withPlainNumbers } from '@onceover/contract';
import type { CustomFetch } from 'openid-client';
import type { Egress, SendResult } from '../egress/create-egress.ts';
import { authTarget } from './auth-urls.ts';

/** What came of the last request; the body is parsed where it is JSON. */
export type SeenAnswer = SendResult & { json?: unknown };

/** A `fetch` for openid-client that goes through our egress, once, and remembers what came back. */
export interface TokenFetch {
  fetch: CustomFetch;
  seen(): SeenAnswer | undefined;
}

/**
 * What openid-client is shown is an answer as RFC 6749 wants it: vendors send `expires_in: null`, leave `token_type`
 * out, answer 201, or say what is wrong in a header that the library reads instead of the body.
 */
export function createTokenFetch(options: {
  egress: Egress;
  developmentOrigin: string | null;
  body: 'form' | 'json';
  signal: AbortSignal;
}): TokenFetch {
  const { egress, developmentOrigin, signal } = options;
  let seen: SeenAnswer | undefined;
  return {
    seen: () => seen,
    async fetch(href, { method, headers, body }) {
      const url = new URL(href);
      const form = body instanceof URLSearchParams ? body : undefined;
      const isJson = options.body === 'json' && form !== undefined;
      const result = await egress.send({
        target: authTarget(url, developmentOrigin),
        method,
        path: url.pathname,
        query: url.search.slice(1),
        headers: {
          ...lowerCaseNames(headers),
          accept: 'application/json',
          'accept-encoding': 'gzip',
          'user-agent': 'onceover',
          ...(isJson && { 'content-type': 'application/json' }),
        },
        body: isJson ? JSON.stringify(Object.fromEntries(form)) : (form?.toString() ?? null),
        signal,
      });
      if (result.state !== 'answered') {
        seen = result;
        throw result.error;
      }
      const json = jsonOf(result.answer.body);
      seen = { ...result, json };
      return conformAnswer(result.answer.status, json);
    },
  };
}

function lowerCaseNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function jsonOf(text: string): unknown {
  try {
    return withPlainNumbers(parseJson(text));
  } catch {
    return undefined;
  }
}

function conformAnswer(status: number, json: unknown): Response {
  const isGood = status >= 200 && status < 300;
  const accessToken = readPointer(json, '/access_token');
  const body = isGood
    ? {
        access_token: accessToken,
        token_type: readPointerText(json, '/token_type') ?? 'bearer',
        refresh_token: readPointer(json, '/refresh_token') ?? undefined,
        active: readPointer(json, '/active'),
      }
    : {
        error: readPointerText(json, '/error'),
        error_description: readPointerText(json, '/error_description'),
      };
  return new Response(JSON.stringify(body), {
    status: isGood ? 200 : status,
    headers: { 'content-type': 'application/json' },
  });
}
