import { type JsonValue, OutcomeUnknownError, UpstreamError } from '@onceover/contract';
import type { z } from 'zod';

/**
 * Reads the answer to a read. `what` is named in the error: `a contact`.
 * @throws {UpstreamError} when it is not what the vendor's reference describes
 */
export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  json: JsonValue | undefined,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UpstreamError(`The vendor's answer is not ${what}`, options(what, parsed.error));
}

/**
 * Reads the answer to a write. `what` is named in the error: `a contact`.
 * @throws {OutcomeUnknownError} when it is not what the vendor's reference describes: the write may have taken effect
 */
export function parseWritten<Schema extends z.ZodType>(
  schema: Schema,
  json: JsonValue | undefined,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new OutcomeUnknownError(
    `The vendor took a write and its answer is not ${what}`,
    options(what, parsed.error),
  );
}

function options(what: string, error: z.ZodError): { code: string; logMessage: string } {
  // Pointers alone: the body may hold personal data.
  const places = error.issues.map(({ path }) => `/${path.join('/')}`).join(', ');
  return { code: 'unexpected_answer', logMessage: `The vendor's answer is not ${what}: ${places}` };
}
