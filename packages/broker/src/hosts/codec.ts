import { type JsonValue, parseJson, stringifyJson, ValidationError } from '@onceover/contract/hosting';

/** The largest message that code may send, in UTF-8. */
export const maxBytesFromCode = 8 * 1024 * 1024;
/** And the largest that it gets: a vendor's largest answer, whose text may grow when it is escaped. */
export const maxBytesToCode = 24 * 1024 * 1024;

export type Direction = 'to-code' | 'from-code';

/** A message as it goes over the wire. @throws {ValidationError} `host_message` */
export function encodeMessage(value: unknown, direction: Direction): string {
  const maxBytes = direction === 'to-code' ? maxBytesToCode : maxBytesFromCode;
  const text = serialise(value);
  if (text === undefined) throw refused('A message must be JSON');
  if (text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)) {
    throw refused(`A message is larger than ${maxBytes} bytes`);
  }
  return text;
}

/** The inverse. Numbers keep their digits. @throws {ValidationError} `host_message` */
export function decodeMessage(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (cause) {
    throw refused('A message must be JSON', cause);
  }
}

/** What the other side gets: a copy that shares nothing with the original. */
export function throughWire(value: unknown, direction: Direction): JsonValue {
  return decodeMessage(encodeMessage(value, direction));
}

function serialise(value: unknown): string | undefined {
  try {
    return stringifyJson(value);
  } catch (cause) {
    throw refused('A message must be JSON', cause);
  }
}

function refused(message: string, cause?: unknown): ValidationError {
  return new ValidationError(message, { code: 'host_message', cause });
}
