import {
  type AnswerFacts,
  ConflictError,
  type ErrorData,
  errorToData,
  NotFoundError,
  type OnceoverError,
  RateLimitError,
  ScopeError,
  UpstreamError,
  ValidationError,
} from '@onceover/contract';
import { z } from 'zod';

/**
 * How to read HubSpot's answers. 423 (the record is locked) and 477 (the account is being moved) pass by themselves.
 * @see https://developers.hubspot.com/docs/api-reference/error-handling
 */
export const hubspotAnswers: AnswerFacts = {
  message: ['/message', '/error_description'],
  rateLimited: [{ status: 423 }, { status: 477 }],
};

/** One error of a multi-status answer. HubSpot asks to treat every field as optional. */
export const hubspotErrorSchema = z.object({
  category: z.string().nullish(),
  message: z.string().nullish(),
  context: z.record(z.string(), z.array(z.string()).nullish()).nullish(),
});
export type HubspotError = z.infer<typeof hubspotErrorSchema>;

const classes: Readonly<Record<string, new (message: string, options: { code: string }) => OnceoverError>> = {
  VALIDATION_ERROR: ValidationError,
  OBJECT_NOT_FOUND: NotFoundError,
  CONFLICT: ConflictError,
  MISSING_SCOPES: ScopeError,
  RATE_LIMITS: RateLimitError,
};

/** An error of one record, by HubSpot's category; a category that is not known may pass by itself. */
export function recordError({ category, message }: HubspotError): ErrorData {
  const name = category ?? 'UNKNOWN';
  const code = name.toLowerCase();
  const text = `HubSpot refused the record: ${message ?? code}`.slice(0, 500);
  const ErrorClass = classes[name] ?? UpstreamError;
  return errorToData(new ErrorClass(text, { code }));
}
