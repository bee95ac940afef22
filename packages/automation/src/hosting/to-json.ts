import { isRawJson, type JsonValue, ValidationError } from '@onceover/contract';

/**
 * A value as plain JSON: undefined properties fall away, everything else that JSON cannot hold is an error with
 * its path. A silent change (a Date to text, NaN to null) would be written to a vendor.
 */
export function toJson(value: unknown, path = ''): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    throw new ValidationError(`${path || 'The value'} is ${value}, which JSON cannot hold`, { path });
  }
  if (isRawJson(value)) return value;
  if (Array.isArray(value)) return value.map((element, index) => toJson(element, `${path}/${index}`));
  if (typeof value === 'object' && isPlain(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, property]) => property !== undefined)
        .map(([name, property]) => [name, toJson(property, `${path}/${escapeToken(name)}`)]),
    );
  }
  throw new ValidationError(`${path || 'The value'} is ${nameOf(value)}, which JSON cannot hold`, { path });
}

/** A property's name as a token of a JSON pointer. */
export function escapeToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  return typeof value === 'object' ? `a ${value?.constructor.name ?? 'object'}` : `a ${typeof value}`;
}
