/** Finds a value in a text where some of its characters are escaped, each in its own way and as often as it likes. */
export interface EscapedForm {
  replaceIn(text: string, mark: string): string;
}

const hexDigits = (code: number, length: number) =>
  code
    .toString(16)
    .padStart(length, '0')
    .replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

const entities: Readonly<Record<string, string>> = {
  '"': '&quot;',
  '&': '&amp;',
  "'": '&apos;',
  '<': '&lt;',
  '>': '&gt;',
};

/** One UTF-16 unit: as it is, as JSON may write it (also in a string of a string), percent-encoded, or of HTML. */
function unitPattern(unit: string): string {
  const code = unit.charCodeAt(0);
  const plain = /\w/.test(unit)
    ? unit
    : unit === '\\'
      ? String.raw`\\{1,8}`
      : String.raw`\\{0,8}` + RegExp.escape(unit);
  const ways = [plain, String.raw`\\{1,8}u` + hexDigits(code, 4)];
  if (code < 0x80) ways.push(`%(?:25){0,3}${hexDigits(code, 2)}`);
  ways.push(`&#0{0,3}${code};`, `&#[xX]0{0,3}${hexDigits(code, 1)};`);
  const entity = entities[unit];
  if (entity !== undefined) ways.push(entity);
  return `(?:${ways.join('|')})`;
}

/** Whoever escapes leaves letters alone, or writes all of them in one way: texts without either are not searched. */
function hintsOf(value: string): readonly string[] {
  const runs = value.match(/[A-Za-z0-9]+/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest.length < 4) return [''];
  const code = longest.charCodeAt(0);
  const hex = code.toString(16);
  const escapes = [hex, hex.toUpperCase()].flatMap((digits) => [
    `u00${digits}`,
    `%${digits}`,
    `%25${digits}`,
    `x${digits};`,
  ]);
  return [longest, `#${code};`, `0${code};`, ...escapes];
}

export function createEscapedForm(value: string): EscapedForm {
  const hints = hintsOf(value);
  let pattern: RegExp | undefined;
  return {
    replaceIn(text, mark) {
      if (!/[\\%&]/.test(text) || !hints.some((hint) => text.includes(hint))) return text;
      // Made at the first need, as most answers are without.
      pattern ??= new RegExp(value.split('').map(unitPattern).join(''), 'g');
      return text.replace(pattern, () => mark);
    },
  };
}
