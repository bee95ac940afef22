import { randomUUID } from 'node:crypto';
import { jsonAnswer, type SandboxAnswer, type SandboxFailure } from '@onceover/connector-kit/sandbox';
import type { JsonValue } from '@onceover/contract';
import { HttpResponse } from 'msw';

/** An error as HubSpot words it: https://developers.hubspot.com/docs/api-reference/error-handling */
export interface HubspotProblem {
  category: string;
  message: string;
  context?: Readonly<Record<string, readonly string[]>>;
}

export function problemBody({ category, message, context }: HubspotProblem): JsonValue {
  return { category, message, correlationId: randomUUID(), ...(context === undefined ? {} : { context }) };
}

export function problemResponse(status: number, problem: HubspotProblem): Response {
  return HttpResponse.json(problemBody(problem), { status });
}

const problems: Readonly<Record<number, HubspotProblem>> = {
  400: { category: 'VALIDATION_ERROR', message: 'Invalid input JSON on line 1, column 1' },
  401: {
    category: 'INVALID_AUTHENTICATION',
    message: 'Authentication credentials not found or expired.',
  },
  403: {
    category: 'MISSING_SCOPES',
    message: 'This app hasn’t been granted all required scopes to make this call.',
  },
  404: { category: 'OBJECT_NOT_FOUND', message: 'Object not found.' },
  409: { category: 'CONFLICT', message: 'Contact already exists.' },
  422: { category: 'VALIDATION_ERROR', message: 'Property values were not valid' },
  423: { category: 'LOCKED', message: 'The record is being written by another request.' },
  429: { category: 'RATE_LIMITS', message: 'You have reached your ten_secondly_rolling limit.' },
};

/** HubSpot's answer for a status that the sandbox itself gives. */
export function hubspotFailure({ status, rateLimit }: SandboxFailure): SandboxAnswer {
  const problem = problems[status] ?? {
    category: status < 500 ? 'VALIDATION_ERROR' : 'INTERNAL_ERROR',
    message: status < 500 ? `Refused with ${status}` : 'There was a problem with the request.',
  };
  // HubSpot documents no Retry-After for API clients; the window's length is in its own header.
  const headers: Record<string, string> =
    status === 429 && rateLimit === undefined ? { 'x-hubspot-ratelimit-interval-milliseconds': '10000' } : {};
  return jsonAnswer(status, problemBody(problem), headers);
}
