import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readSecret } from './read-secret.ts';

test('the line break at the end is the shell’s, what is before it the secret', async () => {
  expect(await readSecret(Readable.from(['canary-', 'secret\n']))).toBe('canary-secret');
  expect(await readSecret(Readable.from(['canary-secret\r\n']))).toBe('canary-secret');
  expect(await readSecret(Readable.from([' canary\n\n']))).toBe(' canary\n');
});

test.each([
  ['nothing', []],
  ['an empty line', ['\n']],
  ['a whole file', ['x'.repeat(9000)]],
])('%s is no secret', async (_name, chunks) => {
  await expect(readSecret(Readable.from(chunks))).rejects.toThrow(/^Standard input/);
});
