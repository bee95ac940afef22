import { OnceoverError } from '@onceover/contract';
import type { SuiteLine } from './conformance/suite-line.ts';

/** One line of `connectors verify`. */
export interface CheckResult {
  check: string;
  result: 'passed' | 'failed' | 'not run';
  ms: number;
  /** What was seen, or what to change. */
  detail: string;
  /** The sentences of the conformance suite that it stands for. */
  lines?: readonly SuiteLine[];
}

export interface Check {
  name: string;
  lines?: readonly SuiteLine[];
  /** Gives what was seen. @throws {CheckFailure} what to change @throws {NotRun} why it says nothing here */
  run(): Promise<string>;
}

/** What is wrong, for the author of the connector. */
export class CheckFailure extends Error {}

/** A check that does not apply, or whose ground is missing. */
export class NotRun extends Error {}

export async function runCheck({ name, lines, run }: Check): Promise<CheckResult> {
  const startedAt = performance.now();
  const since = () => Math.round(performance.now() - startedAt);
  try {
    const detail = await run();
    return { check: name, result: 'passed', ms: since(), detail, ...(lines && { lines }) };
  } catch (error) {
    const result = error instanceof NotRun ? 'not run' : 'failed';
    return { check: name, result, ms: since(), detail: messageOf(error), ...(lines && { lines }) };
  }
}

function messageOf(error: unknown): string {
  if (OnceoverError.isInstance(error)) return error.message;
  return error instanceof Error ? error.message : String(error);
}
