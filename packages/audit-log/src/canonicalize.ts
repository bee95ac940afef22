import { AuditLogError } from './audit-log-error.ts';

/** Deeper values are refused: no honest entry is, and a cycle is found this way. */
const maxDepth = 200;

/**
 * The canonical JSON of a value (RFC 8785): keys in the order of their UTF-16 code units, no white space, numbers as
 * ECMAScript writes them.
 *
 * Only what JSON can say is taken: null, booleans, well-formed strings, finite numbers, arrays and plain objects.
 *
 * @throws AuditLogError `not_canonical` with a pointer to the value (undefined, NaN, bigint, a lone surrogate, a Date …)
 */
export function canonicalize(value: unknown): string {
  const text = write(value, 0);
  if (text === undefined) {
    const { pointer, problem } = findProblem(value, '', 0) ?? { pointer: '', problem: 'cannot be written' };
    throw new AuditLogError('not_canonical', `The value at "${pointer}" ${problem}.`, pointer);
  }
  return text;
}

/** The canonical text, or undefined at the first value that has none: the hot path carries no pointer along. */
function write(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= maxDepth) return undefined;
      if (Array.isArray(value)) return writeArray(value, depth + 1);
      return isPlain(value) ? writeObject(value, depth + 1) : undefined;
    default:
      return undefined;
  }
}

function writeArray(array: readonly unknown[], depth: number): string | undefined {
  let text = '[';
  for (let index = 0; index < array.length; index += 1) {
    const item = write(array[index], depth);
    if (item === undefined) return undefined;
    text += index === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function writeObject(object: Record<string, unknown>, depth: number): string | undefined {
  let text = '';
  for (const key of sortedKeys(object)) {
    const name = writeString(key);
    const item = write(object[key], depth);
    if (name === undefined || item === undefined) return undefined;
    text += `${text === '' ? '{' : ','}${name}:${item}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** Keys by their UTF-16 code units, as the RFC asks. Insertion, because objects have few keys: faster than sort(). */
function sortedKeys(object: object): string[] {
  const keys = Object.keys(object);
  if (keys.length > 20) return keys.sort();
  for (let index = 1; index < keys.length; index += 1) {
    // Each `as string`: the index is within the array.
    const key = keys[index] as string;
    let place = index;
    while (place > 0 && (keys[place - 1] as string) > key) {
      keys[place] = keys[place - 1] as string;
      place -= 1;
    }
    keys[place] = key;
  }
  return keys;
}

/** Control characters, quotes, backslashes and surrogates: what a string can hold that is not written as it is. */
const special = /[\u0000-\u001f"\\\ud800-\udfff]/;

function writeString(value: string): string | undefined {
  if (!special.test(value)) return `"${value}"`;
  return value.isWellFormed() ? JSON.stringify(value) : undefined;
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return true;
  // JSON.rawJSON makes objects without a prototype, too, and means a number's text by them.
  return prototype === null && !isRawJson(value);
}

function isRawJson(value: object): boolean {
  // TypeScript's library does not declare it yet.
  const { isRawJSON } = JSON as typeof JSON & { isRawJSON(value: unknown): boolean };
  return isRawJSON(value);
}

interface Problem {
  pointer: string;
  problem: string;
}

/** The first value that has no canonical form, in the order in which it would be written. */
function findProblem(value: unknown, pointer: string, depth: number): Problem | undefined {
  if (typeof value !== 'object' || value === null) {
    const problem = problemOfScalar(value);
    return problem === undefined ? undefined : { pointer, problem };
  }
  if (depth >= maxDepth)
    return { pointer, problem: `is nested deeper than ${maxDepth} levels, or in itself` };
  if (!Array.isArray(value) && !isPlain(value)) return { pointer, problem: 'is not a plain object' };
  const entries: [string, unknown][] = Array.isArray(value)
    ? Array.from(value, (item: unknown, index) => [String(index), item])
    : Object.keys(value)
        .sort()
        .map((key) => [key, value[key]]);
  for (const [key, item] of entries) {
    if (!key.isWellFormed()) return { pointer, problem: 'has a key with a lone surrogate' };
    const step = key.replaceAll('~', '~0').replaceAll('/', '~1');
    const found = findProblem(item, `${pointer}/${step}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function problemOfScalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'has a lone surrogate';
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : `is ${value}, not a finite number`;
  if (value === null || typeof value === 'boolean') return undefined;
  return value === undefined ? 'is undefined' : `is a ${typeof value}`;
}
