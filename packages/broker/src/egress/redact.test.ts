import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedact, redactAnswer } from './redact.ts';

const token = 'pat-na1/secret+token="0123456789"';
const redact = createRedact([token]);

const hexOf = (sign: string) => sign.charCodeAt(0).toString(16);

function numbered(text: string, which: RegExp, digits: 'upper' | 'lower'): string {
  return text.replaceAll(which, (sign) => {
    const hex = hexOf(sign).padStart(4, '0');
    return `\\u${digits === 'upper' ? hex.toUpperCase() : hex}`;
  });
}

test.each([
  ['as it is', token],
  ['in a header', `Bearer ${token}`],
  ['percent-encoded', encodeURIComponent(token)],
  ['in JSON', JSON.stringify({ echo: `Bearer ${token}` })],
  ['in JSON with escaped slashes', JSON.stringify(token).replaceAll('/', String.raw`\/`)],
  ['in JSON inside JSON', JSON.stringify(JSON.stringify({ echo: token }).replaceAll('/', String.raw`\/`))],
  ['in JSON with only signs as numbers', numbered(token, /\W/g, 'lower')],
  ['in JSON with all as numbers', numbered(token, /[^]/g, 'upper')],
  ['percent-encoded in lower case', encodeURIComponent(token).toLowerCase()],
  ['percent-encoded twice', encodeURIComponent(encodeURIComponent(token))],
  ['percent-encoded as a whole', token.replaceAll(/[^]/g, (sign) => `%${hexOf(sign)}`)],
  ['as a form', new URLSearchParams({ token }).toString()],
  ['in HTML', token.replaceAll('"', '&quot;')],
  ['in HTML with numbers', token.replaceAll(/\W/g, (sign) => `&#${sign.charCodeAt(0)};`)],
  ['in HTML with hexadecimal numbers', token.replaceAll(/[^]/g, (sign) => `&#x${hexOf(sign)};`)],
  ['in hex', Buffer.from(token).toString('hex')],
  ['in upper-case hex', Buffer.from(token).toString('hex').toUpperCase()],
  ['in base64', Buffer.from(token).toString('base64')],
  ['in base64 after one byte', Buffer.from(`:${token}`).toString('base64')],
  ['in base64 after two bytes', Buffer.from(`x:${token}:y`).toString('base64')],
  ['in base64url', Buffer.from(`Bearer ${token}`).toString('base64url')],
])('a credential echoed %s is taken out', (_how, echoed) => {
  const clean = redact(`before ${echoed} after`);
  expect(clean).toContain('[redacted]');
  expect(clean).not.toContain(token);
  expect(Buffer.from(clean.replaceAll('[redacted]', ''), 'base64').toString()).not.toContain(token);
  expect(clean.startsWith('before ') && clean.endsWith(' after')).toBe(true);
});

test('no position in base64 lets a credential through', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (before, after) => {
      const text = Buffer.from(before + token + after).toString('base64');
      expect(redact(text)).toContain('[redacted]');
    }),
  );
});

test('other text stays as it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(redact(text)).toBe(text);
    }),
  );
  expect(createRedact(['short'])('a short text')).toBe('a short text');
});

test('an answer is cleaned in its headers and its body', () => {
  const answer = redactAnswer(redact, { status: 200, headers: { 'x-echo': token }, body: `"${token}"` });
  expect(answer).toEqual({ status: 200, headers: { 'x-echo': '[redacted]' }, body: '"[redacted]"' });
});
