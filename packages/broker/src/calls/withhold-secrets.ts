import {
  type Answer,
  changeAtPointer,
  type JsonValue,
  type OnceoverError,
  parseJson,
  stringifyJson,
  UpstreamError,
} from '@onceover/contract';
import { createRedact, redactAnswer } from '../egress/redact.ts';
import { Secret } from '../secret.ts';

/** A secret that a vendor answered with, by its name in the manifest. */
export interface WithheldSecret {
  name: string;
  value: Secret;
}

/** Where an answer's JSON may hold a secret, and which one. */
export interface WithheldPlace {
  pointer: string;
  secret: string;
}

/** Takes secrets out of the answers of one conversation with a vendor. */
export interface Withholding {
  /** All that was taken out so far, in the answers' order. */
  readonly secrets: readonly WithheldSecret[];
  /**
   * The answer without what the manifest names, and without every echo of it and of what earlier answers held: code,
   * logs and stored answers get this. Where a secret is expected and the answer is no JSON, or has no text there, it
   * may be anywhere: nothing of the body is shown.
   * @returns an error, `withheld_too_short`, with an empty body for a secret that ordinary words could hold. It is not
   *   thrown: that the vendor answered is known all the same.
   */
  take(answer: Answer, places: readonly WithheldPlace[]): { answer: Answer; error?: OnceoverError };
}

const mark = '[withheld]';
/** A value shorter than this could not be told from ordinary words. */
const shortest = 16;

export function createWithholding(): Withholding {
  const secrets: WithheldSecret[] = [];
  return {
    secrets,
    take(answer, places) {
      const found: WithheldSecret[] = [];
      const body = places.length === 0 ? answer.body : withoutSecrets(answer.body, places, found);
      const error = found.some(({ value }) => value.reveal().length < shortest) ? tooShort() : undefined;
      if (error === undefined) secrets.push(...found);
      const values = [...secrets, ...found].map(({ value }) => value.reveal());
      const shown = { ...answer, body: error === undefined ? body : '' };
      const clean = values.length === 0 ? shown : redactAnswer(createRedact(values), shown);
      return error === undefined ? { answer: clean } : { answer: clean, error };
    },
  };
}

/** The body with a mark in each secret's place; what stood there is added to `found`. */
function withoutSecrets(body: string, places: readonly WithheldPlace[], found: WithheldSecret[]): string {
  let json = parsed(body);
  if (json === undefined) return '';
  let isReadable = true;
  for (const { pointer, secret } of places) {
    json = changeAtPointer(json, pointer, (value) => {
      // Two places may lead to one.
      if (value === undefined || value === null || value === '' || value === mark) return undefined;
      if (typeof value !== 'string') isReadable = false;
      else found.push({ name: secret, value: new Secret(value) });
      return mark;
    });
  }
  if (!isReadable) return '';
  // Written anew: of two members with one name, a parser sees the last.
  return stringifyJson(json);
}

function parsed(body: string): JsonValue | undefined {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function tooShort(): UpstreamError {
  return new UpstreamError('The vendor answered with a secret that is too short to be kept out of answers', {
    code: 'withheld_too_short',
    retry: 'never',
  });
}
