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

// A number stands at the start, after a key, or after `[` or `,`: keys and times inside strings do not count. A text
// that this matches without need is parsed right all the same, only more slowly.
const mayLoseDigits = /(?:^|"\s*:|[[,])\s*(?:-0|-?\d+[.eE]|-?\d{16})/;

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

/**
 * A value whose numbers are plain wherever a double holds the same amount: `1.50` becomes 1.5, a 20-digit id stays
 * {@link RawJson}. Schemas know plain numbers alone, so this comes before a schema reads parsed JSON. Untouched
 * values are not copied.
 */
export function withPlainNumbers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawJson(value)) {
    const plain = Number(value.rawJSON);
    return decimalForm(String(plain)) === decimalForm(value.rawJSON) ? plain : value;
  }
  if (Array.isArray(value)) {
    const elements = value.map(withPlainNumbers);
    return elements.some((element, index) => element !== value[index]) ? elements : value;
  }
  const entries = Object.entries(value);
  const changed = entries.map(([name, property]) => [name, withPlainNumbers(property)] as const);
  // Not assigned one by one: a property may be called __proto__.
  return changed.some(([, property], index) => property !== entries[index]?.[1])
    ? Object.fromEntries(changed)
    : value;
}

/** A number's significant digits and the power of ten of the last one: equal for texts of one amount. */
function decimalForm(text: string): string | undefined {
  const found = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (found === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found;
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${sign}${digits}e${Number(exponent) - fraction.length + all.length - digits.length}`;
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
  if (pointer !== '' && !pointer.startsWith('/')) return undefined;
  let current: unknown = value;
  for (const token of pointerTokens(pointer)) {
    if (!hasPlace(current, token)) return undefined;
    current = current[token];
  }
  return current as JsonValue | undefined;
}

/**
 * A copy of a value, changed wherever an RFC 6901 pointer leads; `*` stands for each element of an array as well.
 * `change` gets what is there, or undefined for a member that its object does not have yet; what it returns takes the
 * place, and undefined leaves it alone. Other places, inherited properties too, are never touched.
 */
export function changeAtPointer(
  value: JsonValue,
  pointer: string,
  change: (found: JsonValue | undefined) => JsonValue | undefined,
): JsonValue {
  if (pointer !== '' && !pointer.startsWith('/')) return value;
  return changeAt(value, pointerTokens(pointer), change);
}

function changeAt(
  value: JsonValue,
  [token, ...rest]: readonly string[],
  change: (found: JsonValue | undefined) => JsonValue | undefined,
): JsonValue {
  if (token === undefined) return change(value) ?? value;
  if (Array.isArray(value)) {
    return value.map((element: JsonValue, index) =>
      token === '*' || token === String(index) ? changeAt(element, rest, change) : element,
    );
  }
  if (typeof value !== 'object' || value === null || isRawJson(value)) return value;
  const entries: [string, JsonValue][] = Object.entries(value);
  if (Object.hasOwn(value, token)) {
    // From entries: a property may be called __proto__, whose setter would take the value.
    return Object.fromEntries(
      entries.map(([name, inner]) => [name, name === token ? changeAt(inner, rest, change) : inner]),
    );
  }
  const added = rest.length === 0 ? change(undefined) : undefined;
  return added === undefined ? value : Object.fromEntries([...entries, [token, added]]);
}

function hasPlace(value: unknown, token: string): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || isRawJson(value)) return false;
  // `length` is an array's own property, and no place in it.
  if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(token)) return false;
  return Object.hasOwn(value, token);
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
