import { expect, test } from 'vitest';
import { equivalentProblems, parseEquivalents } from './equivalents.ts';

const reason = 'Both values are answered alike by every caller.';

test('equivalents: an entry without a reason is refused', () => {
  expect(() => parseEquivalents([{ id: 'toy/toy a: 1 → 2' }])).toThrow(/reason/);
  expect(() => parseEquivalents([{ id: 'toy/toy a: 1 → 2', reason: '  ' }])).toThrow(/say in a sentence/);
  expect(parseEquivalents([{ id: 'toy/toy a: 1 → 2', reason }])).toEqual(
    new Map([['toy/toy a: 1 → 2', reason]]),
  );
});

test('equivalents: an entry whose mutant is gone, or is killed, is a problem', () => {
  const equivalents = parseEquivalents([
    { id: 'kept', reason },
    { id: 'gone', reason },
    { id: 'killed', reason },
  ]);
  const problems = equivalentProblems(equivalents, {
    known: new Set(['kept', 'killed']),
    killed: new Set(['killed']),
  });
  expect(problems).toEqual([
    'equivalent.json: there is no mutant "gone" any more: remove the entry',
    'equivalent.json: a test kills "killed": remove the entry',
  ]);
});
