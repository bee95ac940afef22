import { isRawJson, type JsonValue, stringifyJson } from '@onceover/contract';

/** JSON with sorted keys and without spaces: equal for equal values. Numbers keep their digits. */
export function canonicalJson(value: JsonValue): string {
  return stringifyJson(sorted(value));
}

function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || isRawJson(value)) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  // Not Object.fromEntries alone: a key "__proto__" must stay a key.
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}
