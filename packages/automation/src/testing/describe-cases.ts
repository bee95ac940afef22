import { describe, expect, test } from 'vitest';
import type { Flow, StepShapes } from '../flows/flow.ts';
import type { FlowCase } from './flow-case.ts';
import { runCases } from './run-cases.ts';

/** One vitest test for each case of a flow. */
export function describeCases<Data, Steps extends StepShapes>(
  flow: Flow<Data, Steps>,
  cases: readonly FlowCase<Data, Steps>[],
): void {
  describe(`flow ${flow.facts.id}`, () => {
    test.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
      const [result] = runCases(flow, [one]);
      expect(result?.passed, `not as the case says:\n${result?.report}\n`).toBe(true);
    });
  });
}
