import { jsonAnswer, type SandboxAnswer, type SandboxFailure } from '@onceover/connector-kit/sandbox';
import type { JsonValue } from '@onceover/contract';
import type Stripe from 'stripe';

export interface StripeErrorFields {
  type: Stripe.RawErrorType;
  code?: string;
  param?: string;
  message: string;
}

/** @see https://docs.stripe.com/api/errors */
export function errorBody({ type, code, param, message }: StripeErrorFields) {
  const error = {
    ...(code === undefined ? {} : { code, doc_url: `https://docs.stripe.com/error-codes/${dashed(code)}` }),
    message,
    ...(param === undefined ? {} : { param }),
    type,
  } satisfies Partial<Stripe.StripeRawError>;
  return { error };
}

export function errorAnswer(status: number, fields: StripeErrorFields, headers = {}): SandboxAnswer {
  return jsonAnswer(status, errorBody(fields) satisfies JsonValue, headers);
}

/** What Stripe says for a status that a fault, a limit or a missing credential makes the sandbox give. */
export function failureAnswer({
  status,
  retryAfterSeconds,
}: Pick<SandboxFailure, 'status' | 'retryAfterSeconds'>): SandboxAnswer {
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return errorAnswer(status, failureFields(status), {
    ...headers,
    ...(status === 429 ? { 'stripe-rate-limited-reason': 'global-rate' } : {}),
    ...(status >= 500 ? { 'stripe-should-retry': 'false' } : {}),
  });
}

function failureFields(status: number): StripeErrorFields {
  switch (status) {
    case 401:
      return { type: 'invalid_request_error', message: 'Invalid API Key provided: sandb*x' };
    case 402:
      return { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' };
    case 403:
      return {
        type: 'invalid_request_error',
        message: 'The provided key does not have the required permissions for this endpoint.',
      };
    case 404:
      return { type: 'invalid_request_error', code: 'resource_missing', message: 'No such object' };
    case 409:
      return {
        type: 'idempotency_error',
        code: 'idempotency_key_in_use',
        message: 'There is currently another in-progress request using this Idempotent Key.',
      };
    case 429:
      return { type: 'rate_limit_error', code: 'rate_limit', message: 'Request rate limit exceeded.' };
    default:
      return status >= 500
        ? { type: 'api_error', message: 'An unknown error occurred' }
        : { type: 'invalid_request_error', message: 'Invalid request' };
  }
}

function dashed(code: string): string {
  return code.replaceAll('_', '-');
}
