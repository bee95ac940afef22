/** A text with nothing else than its forms in JSON, URLs, hex and base64: what a vendor may make of what it tells back. */
export function echoedForms(canary: string): readonly string[] {
  const json = JSON.stringify(canary).slice(1, -1);
  return [
    ...new Set([
      encodeURIComponent(canary),
      [...Buffer.from(canary)].map((byte) => `%${byte.toString(16)}`).join(''),
      json,
      json.replaceAll('/', String.raw`\/`),
      ...encodedForms(Buffer.from(canary, 'utf8')),
    ]),
  ];
}

/**
 * The forms in which a secret may lie somewhere: as it is, reversed, in halves that change places or run backwards,
 * escaped as in JSON and URLs, in hex, in base64 at each of its three alignments; and as UTF-16 of either order, as
 * bytes, in hex and in base64.
 */
export function canaryForms(canary: string): readonly string[] {
  const middle = Math.floor(canary.length / 2);
  const halves = [canary.slice(0, middle), canary.slice(middle)];
  const backwards = (text: string) => text.split('').toReversed().join('');
  const wide = Buffer.from(canary, 'utf16le');
  const numbered = canary.replaceAll(
    /[^]/g,
    (sign) => String.raw`\u` + sign.charCodeAt(0).toString(16).padStart(4, '0'),
  );
  return [
    ...new Set([
      canary,
      backwards(canary),
      halves.toReversed().join(''),
      halves.map(backwards).join(''),
      ...echoedForms(canary),
      numbered,
      // Without the last zero it is part of both orders.
      canary.split('').join('\0'),
      ...encodedForms(wide),
      ...encodedForms(Buffer.from(wide).swap16()),
    ]),
  ];
}

function encodedForms(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  const cores = [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    // Only what the value alone decides: without the characters that its neighbours share.
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor((shifted.length * 8) / 6);
    return [shifted.toString('base64').slice(start, end), shifted.toString('base64url').slice(start, end)];
  });
  return [hex, hex.toUpperCase(), ...cores];
}
