import type { Answer } from '@onceover/contract';
import { createEscapedForm } from './escaped-form.ts';

/** Takes every form of a credential out of a text. */
export type Redact = (text: string) => string;

const mark = '[redacted]';
/** Shorter values would black out ordinary words. */
const shortest = 8;

/**
 * A vendor may echo what was sent to it: as it is, with some or all characters escaped as in JSON, URLs and HTML, in
 * base64 or hex. Base64 of a value inside something longer depends on where it begins: each of the three positions has
 * its own core.
 */
export function createRedact(values: readonly string[]): Redact {
  const long = values.filter((value) => value.length >= shortest);
  const forms = new Set(long.flatMap((value) => [value, ...formsOf(value)]));
  const ordered = [...forms].filter((form) => form.length >= shortest).sort((a, b) => b.length - a.length);
  const escaped = long.map(createEscapedForm);
  return (text) => {
    const clean = ordered.reduce(
      (rest, form) => (rest.includes(form) ? rest.replaceAll(form, mark) : rest),
      text,
    );
    return escaped.reduce((rest, form) => form.replaceIn(rest, mark), clean);
  };
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const cores = [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    // Only what the value alone decides: without the characters that its neighbours share.
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor((shifted.length * 8) / 6);
    return [shifted.toString('base64').slice(start, end), shifted.toString('base64url').slice(start, end)];
  });
  const hex = bytes.toString('hex');
  return [encodeURIComponent(value), JSON.stringify(value).slice(1, -1), hex, hex.toUpperCase(), ...cores];
}

export function redactAnswer(redact: Redact, { status, headers, body }: Answer): Answer {
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redact(value)])),
    body: redact(body),
  };
}
