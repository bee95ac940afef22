import {
  type ConnectorDefinition,
  type HttpResponse,
  type JsonValue,
  UpstreamError,
  ValidationError,
} from '@onceover/contract';
import { z } from 'zod';

/** https://developer.zendesk.com/api-reference/introduction/requests/#response-format */
export const zendeskAnswers: ConnectorDefinition['answers'] = {
  message: ['/description', '/error_description', '/error/message', '/errors/0/title', '/error'],
  replayed: { header: 'x-idempotency-lookup', equals: 'hit' },
  resetAt: { header: 'ratelimit-reset', unit: 'seconds' },
};

const problemSchema = z.object({
  description: z.string().nullish(),
  details: z
    .record(z.string(), z.array(z.object({ description: z.string().nullish(), error: z.string().nullish() })))
    .nullish(),
});

/** What Zendesk has against a record: `details` names the fields, which `description` alone does not. */
export interface ZendeskProblem {
  /** Zendesk's name of the first field it complains about. */
  field?: string;
  message: string;
}

export function readProblem(json: JsonValue | undefined): ZendeskProblem {
  const problem = problemSchema.safeParse(json).data;
  const complaints = Object.entries(problem?.details ?? {}).flatMap(([field, entries]) =>
    entries.map(({ description, error }) => ({ field, message: description ?? error ?? 'is not valid' })),
  );
  const [first] = complaints;
  if (first === undefined) {
    return { message: problem?.description ?? 'Zendesk does not accept the record' };
  }
  return {
    field: first.field,
    message: complaints
      .map(({ message }) => message)
      .join('; ')
      .slice(0, 500),
  };
}

/** Zendesk changes a closed ticket never again: https://support.zendesk.com/hc/en-us/articles/4408835051546 */
export function isClosedTicket({ message }: ZendeskProblem): boolean {
  return message.includes('closed prevents ticket update');
}

/** The error of a 422, with the path in our record where `paths` knows Zendesk's field. */
export function rejectedRecord(
  problem: ZendeskProblem,
  paths: Readonly<Record<string, string>>,
): ValidationError {
  const path = problem.field === undefined ? undefined : paths[problem.field];
  return new ValidationError(`Zendesk does not accept the record: ${problem.message}`, {
    code: 'http_422',
    ...(path === undefined ? {} : { path }),
  });
}

/**
 * Reads the body of a read's answer.
 * @throws {UpstreamError} when it is not what Zendesk documents
 */
export function readAnswer<Schema extends z.ZodType>(
  schema: Schema,
  response: HttpResponse,
): z.output<Schema> {
  const parsed = schema.safeParse(response.json);
  if (parsed.success) return parsed.data;
  throw new UpstreamError('Zendesk answered in a form that it does not document', {
    code: 'unexpected_answer',
    status: response.status,
    logMessage: z.prettifyError(parsed.error),
  });
}
