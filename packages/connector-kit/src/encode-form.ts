import { ValidationError } from '@onceover/contract';

/** A value in a form: nested objects and arrays become bracketed names. */
export type FormValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly FormValue[]
  | { readonly [name: string]: FormValue };

/**
 * Pairs of an `application/x-www-form-urlencoded` body with bracketed names, in the order of the fields:
 * `{ metadata: { a: 'b' }, items: [{ id: 1 }] }` → `metadata[a]=b`, `items[0][id]=1`. Undefined is left out, null
 * is the empty text (which clears a field).
 * @throws {ValidationError} for a number that has no exact decimal text
 */
export function encodeForm(
  fields: Readonly<Record<string, FormValue>>,
): readonly (readonly [name: string, value: string])[] {
  return Object.entries(fields).flatMap(([name, value]) => pairsOf(name, value));
}

function pairsOf(name: string, value: FormValue): (readonly [string, string])[] {
  if (value === undefined) return [];
  if (value === null) return [[name, '']];
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new ValidationError(`${name} must be text or a whole number`, { path: `/${name}` });
  }
  if (typeof value !== 'object') return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, child]) => pairsOf(`${name}[${key}]`, child));
}
