import {
  type AnswerFacts,
  classifyAnswer,
  ConflictError,
  type HttpClient,
  type HttpResponse,
  type JsonValue,
  OutcomeUnknownError,
  readPointerText,
  type RecordOutcome,
  UpstreamError,
} from '@onceover/contract';
import { z } from 'zod';

/** @see https://docs.stripe.com/api/errors and https://docs.stripe.com/api/idempotent_requests */
export const stripeAnswers: AnswerFacts = {
  message: ['/error/message', '/error_description'],
  // Stripe's own SDK reads this one as "too fast", too.
  rateLimited: [{ status: 400, pointer: '/error/code', equals: 'rate_limit' }],
  replayed: { header: 'Idempotent-Replayed', equals: 'true' },
};

/**
 * Sends a write. Two answers say something about the idempotency key and nothing about the record:
 * - 409: a request with the same key is still running; the same bytes will get its answer later.
 * - 400 `idempotency_error`: the key was used for another request, so what that one did is what counts.
 */
export async function postForm(
  http: HttpClient,
  path: string,
  form: readonly (readonly [name: string, value: string])[],
): Promise<JsonValue | undefined> {
  const answer = await http.request({ method: 'POST', path, form, accept: [400, 409] });
  if (answer.status < 400) return answer.json;
  throw keyError(answer) ?? plainError(answer);
}

function keyError({ status, json }: HttpResponse): Error | undefined {
  const [type, code, words = ''] = ['type', 'code', 'message'].map((name) =>
    readPointerText(json, `/error/${name}`),
  );
  if (status === 409 && (type === 'idempotency_error' || code === 'idempotency_key_in_use')) {
    return new ConflictError(`Stripe is still working on this write: ${words}`, {
      code: 'idempotency_key_in_use',
      retry: 'later',
    });
  }
  if (status !== 400 || type !== 'idempotency_error') return undefined;
  return new OutcomeUnknownError(`Stripe knows the write’s key with other parameters: ${words}`, {
    code: 'idempotency_key_reused',
  });
}

function plainError({ status, headers, text }: HttpResponse): Error {
  const error = classifyAnswer(stripeAnswers, { status, headers, body: text }, new Date());
  return error ?? new UpstreamError(`Stripe answered ${status}`, { status });
}

/**
 * Reads what a read answered.
 * @throws {UpstreamError} when it is not what Stripe's reference describes
 */
export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  json: JsonValue | undefined,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UpstreamError(`Stripe’s answer is not ${what}`, {
    code: 'unexpected_answer',
    logMessage: `not ${what}: ${z.prettifyError(parsed.error)}`,
    retry: 'never',
  });
}

/** The outcome of a write that was answered with 2xx and something that does not name what was written. */
export function untold(what: string): RecordOutcome {
  return { outcome: 'outcome_unknown', reason: `Stripe accepted the write, but its answer is not ${what}` };
}
