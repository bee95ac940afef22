import { HttpResponse } from 'msw';
import { errorBody, type StripeErrorFields } from './error-answer.ts';

/** A request that Stripe refuses: thrown in a handler, answered as Stripe's error body. */
export class StripeRequestError extends Error {
  override readonly name = 'StripeRequestError';
  readonly status: number;
  readonly fields: StripeErrorFields;

  constructor(status: number, { type = 'invalid_request_error', ...fields }: Partial<StripeErrorFields>) {
    super(fields.message ?? 'Invalid request');
    this.status = status;
    this.fields = { type, message: this.message, ...fields };
  }
}

export function missing(kind: string, id: string, param = 'id', status = 404): StripeRequestError {
  return new StripeRequestError(status, {
    code: 'resource_missing',
    param,
    message: `No such ${kind}: '${id}'`,
  });
}

/** Answers with what `work` returns as JSON, or with the error that it throws. */
export async function answering(work: () => unknown): Promise<HttpResponse<string>> {
  let [status, body]: [number, unknown] = [200, undefined];
  try {
    body = await work();
  } catch (error) {
    if (!(error instanceof StripeRequestError)) throw error;
    [status, body] = [error.status, errorBody(error.fields)];
  }
  return new HttpResponse(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'stripe-version': '2026-10-28.endive' },
  });
}
