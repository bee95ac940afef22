import { type JsonValue, parseJson, ScopeError, stringifyJson, UpstreamError } from '@onceover/contract';
import { createRedact } from '../egress/redact.ts';

type Body = { body: string; contentType: string | undefined };

/**
 * Puts a secret into a request's body: at a JSON pointer whose parent is there, or into the form field of that name.
 * @throws {ScopeError} `place_unusable`
 */
export function putSecret({ body, contentType }: Body, pointer: string, value: string): string {
  if (contentType?.startsWith('application/x-www-form-urlencoded') === true) {
    const form = new URLSearchParams(body);
    form.set(pointer.slice(1), value);
    return form.toString();
  }
  const json = parsed(body);
  const names = namesOf(pointer);
  const last = names.pop() ?? '';
  const parent = names.reduce<JsonValue | undefined>(memberOf, json);
  if (!isObject(parent) || last === '') {
    throw new ScopeError(`The request has no place ${pointer} for a secret`, { code: 'place_unusable' });
  }
  // Never a setter of the prototype's.
  Object.defineProperty(parent, last, { value, enumerable: true, writable: true, configurable: true });
  return stringifyJson(json);
}

export interface TakenSecret {
  values: readonly string[];
  /** The body without them; empty when it could not be read. */
  body: string;
}

/** A value shorter than this could not be told from ordinary words. */
const shortest = 16;

/**
 * Takes what a vendor minted out of its answer.
 * @throws {UpstreamError} `minted_too_short`
 */
export function takeSecrets(body: string, pointers: readonly string[]): TakenSecret {
  const json = parsed(body);
  // What cannot be read may hold it anywhere.
  if (json === undefined) return { values: [], body: '' };
  const values = pointers.flatMap((pointer) => valuesAt(json, namesOf(pointer)));
  if (values.some((value) => value.length < shortest)) {
    throw new UpstreamError('The vendor minted a secret that is too short to be kept out of answers', {
      code: 'minted_too_short',
      retry: 'never',
    });
  }
  return { values, body: values.length === 0 ? body : createRedact(values)(body) };
}

function valuesAt(value: JsonValue | undefined, names: readonly string[]): string[] {
  const [name, ...rest] = names;
  if (name === undefined) return typeof value === 'string' ? [value] : [];
  if (name === '*') return Array.isArray(value) ? value.flatMap((one) => valuesAt(one, rest)) : [];
  return valuesAt(memberOf(value, name), rest);
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(name)];
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isObject(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function namesOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function parsed(body: string): JsonValue | undefined {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}
