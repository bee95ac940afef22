import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

test('a secret shows itself only when it is asked to', () => {
  const secret = new Secret('canary-0123456789');
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }, { showHidden: true }),
    Object.entries(secret).join(),
    new Error(`failed with ${secret}`).message,
  ].join('\n');
  expect(shown).not.toContain('canary');
  expect(secret.reveal()).toBe('canary-0123456789');
});
