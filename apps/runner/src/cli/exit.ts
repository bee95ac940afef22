import { OnceoverError } from '@onceover/contract';

/** Exit codes of the CLI. */
export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** The runner does not answer. */
export class UnreachableError extends Error {}

/** Prints an error for a person, without a stack where it says itself what to do, and gives the exit code. */
export function reportError(error: unknown, print: (line: string) => void): number {
  if (error instanceof UnreachableError) {
    print(error.message);
    return exitCodes.unreachable;
  }
  // By name: the store's package is loaded by the commands that need it, and by no other.
  if (OnceoverError.isInstance(error) || (error instanceof Error && error.name === 'StoreError'))
    print(`onceover: ${error.message}`);
  else print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.refused;
}
