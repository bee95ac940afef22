import { ValidationError, withPlainNumbers } from '@onceover/contract';
import type { z } from 'zod';
import { escapeToken } from './to-json.ts';

/**
 * Parses a value with a schema.
 * @param place JSON pointer of the value within what the author's function gave
 * @throws {ValidationError} with the path of the first problem
 */
export function validate<Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  { what, place }: { what: string; place: string },
): Output {
  const parsed = schema.safeParse(withPlainNumbers(value));
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const path = `${place}${(first?.path ?? []).map((part) => `/${escapeToken(String(part))}`).join('')}`;
  throw new ValidationError(`${what}: ${path === '' ? '' : `${path}: `}${first?.message ?? 'is not valid'}`, {
    path,
  });
}
