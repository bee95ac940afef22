import type { Answer } from '@onceover/contract';

/** Takes every form of a credential out of a text. */
export type Redact = (text: string) => string;

const mark = '[redacted]';
/** Shorter values would black out ordinary words. */
const shortest = 8;

/**
 * A vendor may echo what was sent to it: as it is, percent-encoded, as a JSON string, in base64 or hex. Base64 of a
 * value inside something longer depends on where it begins: each of the three positions has its own core.
 */
export function createRedact(values: readonly string[]): Redact {
  const forms = new Set(
    values.filter((value) => value.length >= shortest).flatMap((value) => [value, ...formsOf(value)]),
  );
  const ordered = [...forms].filter((form) => form.length >= shortest).sort((a, b) => b.length - a.length);
  return (text) =>
    ordered.reduce((clean, form) => (clean.includes(form) ? clean.replaceAll(form, mark) : clean), text);
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
