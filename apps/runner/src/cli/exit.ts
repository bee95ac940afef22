import { OnceoverError } from '@onceover/contract';
import { StoreError } from '@onceover/store';

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
  if (OnceoverError.isInstance(error) || StoreError.isInstance(error)) print(`onceover: ${error.message}`);
  else print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodes.refused;
}
