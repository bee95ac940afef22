import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchResults } from './match-results.ts';

const how = {
  recordKey: ({ naturalKey }: { naturalKey: string }) => naturalKey,
  resultKey: ({ key }: { key: string | undefined; id: string }) => key,
  outcome: ({ id }: { key: string | undefined; id: string }) =>
    ({ outcome: 'updated', vendorId: id }) as const,
};
const records = ['a', 'b', 'c'].map((naturalKey) => ({ naturalKey }));
const results = ['a', 'b', 'c'].map((key) => ({ key, id: `id-${key}` }));

test('matchResults: any order of results gives the outcomes in the order of the records', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(results, { minLength: 3 }), (shuffled) => {
      expect(matchResults(records, shuffled, how)).toEqual([
        { outcome: 'updated', vendorId: 'id-a' },
        { outcome: 'updated', vendorId: 'id-b' },
        { outcome: 'updated', vendorId: 'id-c' },
      ]);
    }),
  );
});

test('matchResults: a record that is not mentioned is outcome_unknown', () => {
  const outcomes = matchResults(
    records,
    [{ key: undefined, id: 'x' }, results[2] ?? { key: 'c', id: '' }],
    how,
  );
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['outcome_unknown', 'outcome_unknown', 'updated']);
});

test('matchResults: a record that is mentioned twice with different ids is outcome_unknown', () => {
  const twice = [...results, { key: 'a', id: 'another' }, { key: 'b', id: 'id-b' }];
  expect(matchResults(records, twice, how).map(({ outcome }) => outcome)).toEqual([
    'outcome_unknown',
    'updated',
    'updated',
  ]);
});
