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

const classes: Readonly<Record<string, (message: string, code: string) => OnceoverError>> = {
  VALIDATION_ERROR: (message, code) => new ValidationError(message, { code }),
  INVALID_EMAIL: (message, code) => new ValidationError(message, { code }),
  PROPERTY_DOESNT_EXIST: (message, code) => new ValidationError(message, { code }),
  OBJECT_NOT_FOUND: (message, code) => new NotFoundError(message, { code }),
  CONFLICT: (message, code) => new ConflictError(message, { code }),
  MISSING_SCOPES: (message, code) => new ScopeError(message, { code }),
  RATE_LIMITS: (message, code) => new RateLimitError(message, { code }),
};

/** An error of one record, by HubSpot's category; a category that is not known may pass by itself. */
export function recordError({ category, message }: HubspotError): ErrorData {
  const code = (category ?? 'unknown').toLowerCase();
  const text = `HubSpot refused the record: ${message ?? code}`.slice(0, 500);
  const make = classes[category ?? ''];
  return errorToData(make?.(text, code) ?? new UpstreamError(text, { code }));
}
