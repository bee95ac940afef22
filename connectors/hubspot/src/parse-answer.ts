import { type JsonValue, UpstreamError } from '@onceover/contract';
import type { z } from 'zod';

/**
 * Reads an answer's body.
 * @throws {UpstreamError} when it is not what HubSpot's reference describes
 */
export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  json: JsonValue | undefined,
  what: string,
): z.output<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UpstreamError(`HubSpot's answer is no ${what}`, {
    code: 'unexpected_answer',
    // Pointers alone: the body may hold personal data.
    logMessage: `HubSpot's answer is no ${what}: ${parsed.error.issues.map(({ path }) => `/${path.join('/')}`).join(', ')}`,
  });
}
