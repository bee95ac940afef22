import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import { http, HttpResponse, type RequestHandler } from 'msw';
import { problemResponse } from './hubspot-problems.ts';
import { hubspotOrigin, type HubspotState } from './hubspot-state.ts';

export interface RouteRequest {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** The parsed JSON body; undefined where there is none. */
  body: unknown;
}

/** What a route answers: a status and a body, or a finished response. */
export type RouteAnswer = { status: number; body: object } | Response;

/** A handler that needs a scope of the access token, as HubSpot does. */
export function route(
  { tokens }: SandboxContext<HubspotState>,
  method: 'get' | 'post' | 'patch',
  path: string,
  scope: string,
  answer: (request: RouteRequest) => RouteAnswer,
): RequestHandler {
  return http[method](`${hubspotOrigin}${path}`, async ({ request, params }) => {
    const token = (request.headers.get('authorization') ?? '').replace(/^bearer /i, '');
    if (tokens.scopesOf(token)?.includes(scope) !== true) {
      return problemResponse(403, {
        category: 'MISSING_SCOPES',
        message: 'This app hasn’t been granted all required scopes to make this call.',
        context: { requiredGranularScopes: [scope] },
      });
    }
    const text = await request.text();
    const answered = answer({
      params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
      query: new URL(request.url).searchParams,
      body: text === '' ? undefined : parse(text),
    });
    return answered instanceof Response
      ? answered
      : HttpResponse.json(answered.body as Record<string, never>, { status: answered.status });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
