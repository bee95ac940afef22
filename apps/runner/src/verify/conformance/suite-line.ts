/** A sentence of the conformance suite, and what it found wrong. */
export interface SuiteLine {
  /** An operation, a trigger, the manifest. */
  about: string;
  name: string;
  problem: string | null;
}
