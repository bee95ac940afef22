import { describe, expect, test } from 'vitest';
import { cleanOutput, createHostOutput } from './host-output.ts';

describe('output', () => {
  test.each([
    ['a bearer token', 'Authorization: Bearer abcd1234', 'abcd1234'],
    ['a password', 'password="hunter22"', 'hunter22'],
    ['a long key', 'got sk_live_51HqLyjWDarjtT1zdp7dc', 'sk_live'],
    ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x', 'eyJzdWIiOiIx'],
    ['an address', 'customer ada.lovelace@mail.example.com failed', 'lovelace'],
  ])('%s is not told', (_what, text, secret) => {
    expect(cleanOutput(text)).not.toContain(secret);
  });

  test('what helps to find a fault stays', () => {
    const text = "Cannot find package 'zod' at /srv/connectors/node_modules/.pnpm/zod@4.6.7/index.js:12:3";
    expect(cleanOutput(text)).toBe(text);
  });

  test('no line is told that the code did not print as one', () => {
    expect(cleanOutput('a\r\n{"level":60}\u2028\u001b[2Kb')).toBe('a {"level":60} [2Kb');
  });

  test.each([
    ['one long word', 'x'.repeat(32_768)],
    ['a name and nothing but spaces', `token${' '.repeat(32_768)}`],
    ['addresses without end', `a@${'b.'.repeat(16_384)}`],
    ['half addresses', 'a@'.repeat(16_384)],
  ])('%s is looked through in no time', (_what, text) => {
    const startedAt = performance.now();
    cleanOutput(text);
    // It was seconds where a pattern began anew at each character.
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test('more than a burst is cut, and too much; in a minute there is room again', () => {
    let now = 0;
    const told: string[] = [];
    const output = createHostOutput({
      bytes: 10,
      now: () => now,
      onText: (_stream, text) => told.push(text),
    });
    expect(output.take('stdout', Buffer.from('12345678'))).toBe(true);
    expect(output.take('stderr', Buffer.from('abcdefgh'))).toBe(false);
    expect(told).toEqual(['12345678', 'ab']);
    now = 60_000;
    expect(output.take('stderr', Buffer.from('xyz'))).toBe(true);
    expect(output.last()).toBe('ab xyz');
  });
});
