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
    for (const one of cases) {
      test(one.name, () => {
        const [result] = runCases(flow, [one]);
        if (result?.passed !== true)
          expect.fail(`the flow does not do what the case says\n${result?.report}`);
      });
    }
  });
}
