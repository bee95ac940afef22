import { readFileSync } from 'node:fs';
import { z } from 'zod';

const equivalentsSchema = z.array(
  z.strictObject({
    /** The mutant's id, as the run prints it. */
    id: z.string().min(1),
    /** Why no test could tell it from the source, in a sentence. */
    reason: z.string().trim().min(20, 'say in a sentence why no test can tell this mutant from the source'),
  }),
);
export type Equivalents = ReadonlyMap<string, string>;

/**
 * Reads the list of mutants that change nothing anyone could see.
 * @throws {z.ZodError} for an entry without a reason
 */
export function readEquivalents(file: URL | string): Equivalents {
  return parseEquivalents(JSON.parse(readFileSync(file, 'utf8')));
}

export function parseEquivalents(json: unknown): Equivalents {
  return new Map(equivalentsSchema.parse(json).map(({ id, reason }) => [id, reason]));
}

/** What is wrong with the list, a sentence each: entries without a mutant, and mutants that a test does tell apart. */
export function equivalentProblems(
  equivalents: Equivalents,
  facts: { known: ReadonlySet<string>; killed: ReadonlySet<string> },
): readonly string[] {
  return [...equivalents.keys()].flatMap((id) => {
    if (!facts.known.has(id))
      return [`equivalent.json: there is no mutant "${id}" any more: remove the entry`];
    return facts.killed.has(id) ? [`equivalent.json: a test kills "${id}": remove the entry`] : [];
  });
}
