import {
  type Answer,
  type JsonValue,
  type OperationManifest,
  parseJson,
  stringifyJson,
} from '@onceover/contract';
import { createRedact, redactAnswer } from '../egress/redact.ts';
import { Secret } from '../secret.ts';

/** A secret that a vendor answered with, by its name in the manifest. */
export interface WithheldSecret {
  name: string;
  value: Secret;
}

const mark = '[withheld]';

/**
 * Takes the secrets that a manifest names out of an answer, and every echo of them: code, logs and stored answers get
 * the rest. An answer that is not JSON has none.
 */
export function withholdSecrets(
  answer: Answer,
  places: NonNullable<OperationManifest['withholds']>,
): { answer: Answer; secrets: readonly WithheldSecret[] } {
  if (places.length === 0) return { answer, secrets: [] };
  const parsed = parsedBody(answer.body);
  const secrets: WithheldSecret[] = [];
  let body = parsed;
  for (const { pointer, secret } of places) {
    body = replaceAt(body, pointer.split('/').slice(1).map(unescape), (text) => {
      secrets.push({ name: secret, value: new Secret(text) });
    });
  }
  if (secrets.length === 0) return { answer, secrets };
  const redact = createRedact(secrets.map(({ value }) => value.reveal()));
  return { answer: redactAnswer(redact, { ...answer, body: stringifyJson(body) }), secrets };
}

function parsedBody(body: string): JsonValue | undefined {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function unescape(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The value with a mark in the place of each text that the pointer reaches. */
function replaceAt(
  value: JsonValue | undefined,
  tokens: readonly string[],
  found: (text: string) => void,
): JsonValue | undefined {
  const [token, ...rest] = tokens;
  if (token === undefined) {
    if (typeof value !== 'string' || value === '') return value;
    found(value);
    return mark;
  }
  if (Array.isArray(value)) {
    return value.map((item: JsonValue, index) =>
      token === '*' || token === String(index) ? (replaceAt(item, rest, found) ?? null) : item,
    );
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return value;
  const entries = Object.entries(value).map(([name, inner]: [string, JsonValue]) => [
    name,
    name === token ? replaceAt(inner, rest, found) : inner,
  ]);
  return Object.fromEntries(entries) as JsonValue;
}
