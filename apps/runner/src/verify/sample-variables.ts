import type { Manifest } from '@onceover/contract';
import { CheckFailure } from './check.ts';

const guesses = ['acme', 'verify', 'eu', 'eu1', 'us', 'us1', 'na1', '1', '12345', 'api'];

/** A value for each variable of a connection that its pattern takes. @throws {CheckFailure} */
export function sampleVariables(variables: Manifest['variables']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, { pattern }]) => {
      const value = guesses.find((guess) => new RegExp(pattern, 'u').test(guess));
      if (value !== undefined) return [name, value];
      throw new CheckFailure(
        `No value could be guessed for the variable ${name} (${pattern}). Let its pattern take one of: ${guesses.join(', ')}.`,
      );
    }),
  );
}
