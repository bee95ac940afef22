/**
 * The forms in which a secret may lie somewhere: as it is, reversed, in halves that change places or run backwards,
 * percent-encoded, hex, and base64 at each of its three alignments.
 */
export function canaryForms(canary: string): readonly string[] {
  const bytes = Buffer.from(canary, 'utf8');
  const middle = Math.floor(canary.length / 2);
  const halves = [canary.slice(0, middle), canary.slice(middle)];
  const backwards = (text: string) => text.split('').toReversed().join('');
  const cores = [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor((shifted.length * 8) / 6);
    return [shifted.toString('base64').slice(start, end), shifted.toString('base64url').slice(start, end)];
  });
  const hex = bytes.toString('hex');
  return [
    ...new Set([
      canary,
      backwards(canary),
      halves.toReversed().join(''),
      halves.map(backwards).join(''),
      encodeURIComponent(canary),
      hex,
      hex.toUpperCase(),
      ...cores,
    ]),
  ];
}
