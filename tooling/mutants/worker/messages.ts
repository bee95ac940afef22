/** What the run and its workers tell each other. */

/** One mutant to try; without one the tests run on the sources as they are. */
export interface Trial {
  /** A number that no other trial of this worker has. */
  number: number;
  mutant?: { file: string; text: string };
  /** Files that are loaded anew: the changed one and all that import it. */
  reload: readonly string[];
  /** Test files to run, the likeliest to fail first. */
  tests: readonly string[];
  /** A test that takes longer has met an endless loop. */
  testTimeoutMs: number;
  /** Go on after a failure, to learn about every test. */
  isBaseline: boolean;
}

export interface TestFact {
  file: string;
  /** Its place among the tests of its file. */
  index: number;
  name: string;
}

export interface TestFailure extends TestFact {
  message: string;
}

export type Verdict =
  | { killed: true; by: 'test'; failure: TestFailure; ms: number }
  /** The connector or a test file of it no longer loads: `defineConnector` refuses it, say. */
  | { killed: true; by: 'load'; file: string; message: string; ms: number }
  | { killed: true; by: 'time'; failure?: TestFact; ms: number }
  | { killed: false; tests: number; ms: number };

export interface Baseline {
  failures: readonly TestFailure[];
  tests: readonly (TestFact & { ms: number })[];
}

export type ToWorker =
  | { kind: 'try'; trial: Trial }
  /** How tests did so far, so that the likeliest to fail are run first. */
  | { kind: 'learn'; tests: readonly (TestFact & { ms: number; kills: number })[] };

export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'tried'; number: number; verdict: Verdict }
  | { kind: 'baseline'; number: number; baseline: Baseline };
