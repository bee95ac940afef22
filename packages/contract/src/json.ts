/** JSON without losing a digit: a number that a double cannot write back as it was stays as its text. */

/** A number kept as its source text (`JSON.rawJSON`); `JSON.stringify` writes it back unchanged. */
export interface RawJson {
  readonly rawJSON: string;
}

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | RawJson
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

interface LosslessJson {
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
}
// The standard library's types do not know JSON.rawJSON and the reviver's context yet.
const lossless = JSON as unknown as LosslessJson;

const mayLoseDigits = /\d\.\d|\d[eE]|\d{16}|-0/;

/**
 * Parses JSON. Numbers whose text a double reproduces exactly become numbers; all others (`100.10`, `1e400`,
 * a 20-digit id) become {@link RawJson}.
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseJson(text: string): JsonValue {
  if (!mayLoseDigits.test(text)) return JSON.parse(text) as JsonValue;
  return lossless.parse(text, (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? lossless.rawJSON(context.source)
      : value,
  ) as JsonValue;
}

/** Writes JSON; {@link RawJson} numbers keep their text. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value);
}

export function isRawJson(value: unknown): value is RawJson {
  return lossless.isRawJSON(value);
}

/** A JSON number's decimal text, however it was parsed; undefined for anything that is not a number. */
export function numberText(value: unknown): string | undefined {
  if (isRawJson(value)) return value.rawJSON;
  return typeof value === 'number' ? String(value) : undefined;
}

/**
 * Reads an RFC 6901 pointer; `''` is the value itself. Missing places, and pointers through what is neither
 * object nor array, are `undefined`. Inherited properties are never read.
 */
export function readPointer(value: unknown, pointer: string): JsonValue | undefined {
  let current: unknown = value;
  for (const token of pointerTokens(pointer)) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, token)) return undefined;
    current = (current as Record<string, unknown>)[token];
  }
  return current as JsonValue | undefined;
}

const tokensOf = new Map<string, readonly string[]>();

function pointerTokens(pointer: string): readonly string[] {
  const known = tokensOf.get(pointer);
  if (known !== undefined) return known;
  const tokens = pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (tokensOf.size < 10_000) tokensOf.set(pointer, tokens);
  return tokens;
}

/** A pointer's value as text: strings as they are, numbers by their digits, booleans as words; else undefined. */
export function readPointerText(value: unknown, pointer: string): string | undefined {
  const found = readPointer(value, pointer);
  if (typeof found === 'string') return found;
  if (typeof found === 'boolean') return String(found);
  return numberText(found);
}
