import { jsonAnswer, type SandboxAnswer, type SandboxFailure } from '@onceover/connector-kit/sandbox';
import type { JsonValue } from '@onceover/contract';

/**
 * Zendesk's error answers: `{ error, description, details }`, sometimes `{ error: { title, message } }`.
 * https://developer.zendesk.com/api-reference/introduction/requests/#response-format
 */

const bodies: Readonly<Record<number, JsonValue>> = {
  400: { error: 'InvalidEndpoint', description: 'Not found' },
  401: {
    error: 'invalid_token',
    error_description:
      'The access token provided is expired, revoked, malformed or invalid for other reasons.',
  },
  403: {
    error: 'Forbidden',
    description:
      'You do not have access to this page. Please contact the account owner of this help desk for further help.',
  },
  404: { error: 'RecordNotFound', description: 'Not found' },
  409: { error: 'DatabaseConflict', description: 'Database collision' },
  422: {
    error: 'RecordInvalid',
    description: 'Record validation errors',
    details: { base: [{ description: 'The record is not valid', error: 'InvalidValue' }] },
  },
  429: { error: 'APIRateLimitExceeded', description: 'Number of allowed API requests per minute exceeded' },
  500: { error: 'InternalError', description: 'Internal error' },
  503: { error: 'ServiceUnavailable', description: 'Service temporarily unavailable' },
};

/** What the sandbox itself refuses: credentials, limits, injected faults. */
export function zendeskFailure({ status, retryAfterSeconds }: SandboxFailure): SandboxAnswer {
  return jsonAnswer(
    status,
    bodies[status] ?? { error: `Error${status}`, description: `The sandbox answered ${status}` },
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  );
}

/** A record that Zendesk does not accept: which fields, and why. */
export function recordInvalid(details: Readonly<Record<string, string>>): Response {
  return Response.json(
    {
      error: 'RecordInvalid',
      description: 'Record validation errors',
      details: Object.fromEntries(
        Object.entries(details).map(([field, description]) => [
          field,
          [{ description, error: 'InvalidValue' }],
        ]),
      ),
    },
    { status: 422 },
  );
}

export function notFound(): Response {
  return Response.json(bodies[404], { status: 404 });
}

export function missingScopes(scopes: readonly string[]): Response {
  return Response.json(
    {
      error: 'Forbidden',
      description: `You are missing the following required scopes: ${scopes.join(', ')}`,
    },
    { status: 403 },
  );
}
