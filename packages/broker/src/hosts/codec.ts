import { type JsonValue, parseJson, stringifyJson, ValidationError } from '@onceover/contract';

/** No message between host and code is larger, in UTF-8. */
export const maxMessageBytes = 8 * 1024 * 1024;

/** A message as it goes over the wire. @throws {ValidationError} `host_message` */
export function encodeMessage(value: unknown): string {
  const text = serialise(value);
  if (text === undefined) throw refused('A message must be JSON');
  if (
    text.length > maxMessageBytes ||
    (text.length * 3 > maxMessageBytes && Buffer.byteLength(text) > maxMessageBytes)
  ) {
    throw refused(`A message is larger than ${maxMessageBytes} bytes`);
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
export function throughWire(value: unknown): JsonValue {
  return decodeMessage(encodeMessage(value));
}

function serialise(value: unknown): string | undefined {
  try {
    return stringifyJson(value) as string | undefined;
  } catch (cause) {
    throw refused('A message must be JSON', cause);
  }
}

function refused(message: string, cause?: unknown): ValidationError {
  return new ValidationError(message, { code: 'host_message', cause });
}
