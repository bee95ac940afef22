import { z } from 'zod';
import { ValidationError } from './errors.ts';
import { readPointerText } from './json.ts';

/**
 * Which fields of a record identify it to people, and their canonical form. Lanes, links and effect keys use the
 * canonical form. `email`: trimmed, lower case, NFC; `text`: trimmed, NFC; `exact`: as it is.
 */
export const naturalKeyPartSchema = z.strictObject({
  pointer: z.string().startsWith('/'),
  canonical: z.enum(['email', 'text', 'exact']),
});
export type NaturalKeyPart = z.infer<typeof naturalKeyPartSchema>;

/** An e-mail address as a key: trimmed, lower case, NFC. */
export function canonicalEmail(email: string): string {
  // Lower case may decompose what NFC had composed.
  return email.trim().toLowerCase().normalize('NFC');
}

/** Free text as a key: trimmed, NFC. */
export function canonicalText(text: string): string {
  return text.trim().normalize('NFC');
}

const canonicalForms = {
  email: canonicalEmail,
  text: canonicalText,
  exact: (text: string) => text,
} as const;

/**
 * A record's natural key in canonical form; several parts are joined by `:` with `:` and `%` escaped.
 * @throws {ValidationError} when a part is missing or empty
 */
export function naturalKeyOf(parts: readonly NaturalKeyPart[], record: unknown): string {
  const values = parts.map(({ pointer, canonical }) => {
    const text = readPointerText(record, pointer);
    const value = text === undefined ? '' : canonicalForms[canonical](text);
    if (value === '') {
      throw new ValidationError(`The record has no natural key: ${pointer} is missing or empty`, {
        path: pointer,
      });
    }
    return value;
  });
  const [first] = values;
  if (values.length === 1 && first !== undefined) return first;
  return values.map((value) => value.replaceAll('%', '%25').replaceAll(':', '%3A')).join(':');
}
