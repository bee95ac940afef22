import { changeAtPointer, type JsonValue, parseJson, ScopeError, stringifyJson } from '@onceover/contract';

/**
 * Puts a secret into a request's body: at a JSON pointer whose parent is there, or into the form field of that name.
 * @throws {ScopeError} `place_unusable`
 */
export function putSecret(
  { body, contentType }: { body: string; contentType: string | undefined },
  pointer: string,
  value: string,
): string {
  if (contentType?.startsWith('application/x-www-form-urlencoded') === true) {
    const form = new URLSearchParams(body);
    form.set(pointer.slice(1), value);
    return form.toString();
  }
  let places = 0;
  const json = changeAtPointer(parsed(body), pointer, () => {
    places += 1;
    return value;
  });
  if (places === 0) {
    throw new ScopeError(`The request has no place ${pointer} for a secret`, { code: 'place_unusable' });
  }
  return stringifyJson(json);
}

function parsed(body: string): JsonValue {
  try {
    return parseJson(body);
  } catch {
    return null;
  }
}
