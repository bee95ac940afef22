import type { AppliedOutcome, ConnectorReply, RecordOutcome } from '@onceover/contract';
import { expect } from 'vitest';
import type { TestResult } from '../test-broker.ts';
import type { World } from '../world.ts';

/** A write's outcomes; fails with the error where there is one. */
export function outcomesOf(result: { reply: ConnectorReply }): readonly RecordOutcome[] {
  expect(result.reply).toMatchObject({ kind: 'written' });
  return result.reply.kind === 'written' ? result.reply.outcomes : [];
}

/** Every record was applied, with one of the given outcomes; its vendor ids. */
export function appliedIds(
  result: { reply: ConnectorReply },
  allowed: readonly AppliedOutcome[] = ['created', 'updated', 'unchanged'],
): readonly string[] {
  return outcomesOf(result).map((outcome) => {
    expect(allowed, JSON.stringify(outcome)).toContain(outcome.outcome);
    return 'vendorId' in outcome ? outcome.vendorId : '';
  });
}

/** A read's output; fails with the error where there is one. */
export function outputOf(result: { reply: ConnectorReply }): unknown {
  expect(result.reply).toMatchObject({ kind: 'read' });
  return result.reply.kind === 'read' ? result.reply.output : undefined;
}

/** Neither a request nor an answer of the fake left the vendor's contract. */
export function expectContract<State>(world: World<State>): void {
  expect(world.problems).toEqual([]);
}

/** The write that a run made, withheld, or lost. */
export function writeOf(result: TestResult): Exclude<TestResult['write'], { state: 'none' }> {
  expect(result.write.state).not.toBe('none');
  if (result.write.state === 'none') throw new Error('no write');
  return result.write;
}
