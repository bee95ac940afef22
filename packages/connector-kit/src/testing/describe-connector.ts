import type { Connector } from '@onceover/contract';
import { describe, expect, test } from 'vitest';
import { conformanceLines } from './conformance-lines.ts';
import type { ConformanceOptions } from './conformance-options.ts';

/** Joins the conformance suite: one named test for each sentence that a connector must make true. */
export function describeConnector<State>(connector: Connector, options: ConformanceOptions<State>): void {
  describe(`${connector.manifest.id}: conformance`, () => {
    for (const { about, name, run } of conformanceLines(connector, options)) {
      test(`${about}: ${name}`, async () => {
        expect(await run()).toBeUndefined();
      });
    }
  });
}
