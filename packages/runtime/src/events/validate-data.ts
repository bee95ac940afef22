import { isRawJson, type JsonValue } from '@onceover/contract';
import type { z } from 'zod';

/** A place where data is not what its schema says. */
export interface DataProblem {
  /** JSON pointer into the data. */
  path: string;
  detail: string;
  /** The value there, when there is one. */
  value: JsonValue | undefined;
}

/** Checks data against a schema; an empty list is well. Digits that a double would lose are kept out of the check alone. */
export function validateData(schema: z.ZodType, data: JsonValue | undefined): readonly DataProblem[] {
  const result = schema.safeParse(plain(data));
  if (result.success) return [];
  return result.error.issues.map((issue) => {
    const path = issue.path
      .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
    return { path, detail: issue.message, value: valueAt(data, issue.path) };
  });
}

/** The value with numbers as JavaScript has them; the same object when it holds no raw number. */
function plain(value: JsonValue | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawJson(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) {
    const items = value.map(plain);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const entries = Object.entries(value);
  const plainEntries = entries.map(([key, item]) => [key, plain(item)] as const);
  const isSame = plainEntries.every(([, item], index) => item === entries[index]?.[1]);
  return isSame ? value : Object.fromEntries(plainEntries);
}

function valueAt(data: JsonValue | undefined, path: readonly PropertyKey[]): JsonValue | undefined {
  let current: unknown = data;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[step];
  }
  return current as JsonValue | undefined;
}
