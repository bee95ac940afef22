/** One small change to one source file of a connector. */
export interface Mutant {
  /** The same from run to run while the code around it stays: file, place by names, and the change. */
  id: string;
  /** Absolute path of the changed file. */
  file: string;
  /** Where the change begins, from 1. */
  line: number;
  start: number;
  end: number;
  replacement: string;
}

/** What an operator wants changed; positions are those of the source text. */
export interface Change {
  start: number;
  end: number;
  replacement: string;
  /** The change in words; `'a' → 'b'` unless an operator says it better. */
  what?: string;
}

/** The source text with the mutant in it. */
export function applyMutant(text: string, { start, end, replacement }: Change | Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
