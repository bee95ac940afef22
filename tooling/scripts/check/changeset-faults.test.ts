import { expect, test } from 'vitest';
import { findChangesetFaults } from './changeset-faults.ts';

const published = new Set(['@onceover/contract']);
const changeset = (names: string, text = 'Money keeps its minor units.') => `---\n${names}\n---\n\n${text}\n`;

test('a changeset for a published package passes, one for none as well', () => {
  expect(findChangesetFaults(changeset("'@onceover/contract': minor"), published)).toEqual([]);
  expect(findChangesetFaults('---\n---\n', published)).toEqual([]);
});

test('an unknown package, an unknown bump, a missing text and a missing front matter are named', () => {
  expect(findChangesetFaults(changeset("'@onceover/nothing': patch"), published)).toEqual([
    '@onceover/nothing is no published package of this workspace',
  ]);
  expect(findChangesetFaults(changeset('"@onceover/contract": huge'), published)).toHaveLength(1);
  expect(findChangesetFaults(changeset("'@onceover/contract': patch", ''), published)).toHaveLength(1);
  expect(findChangesetFaults('Money keeps its minor units.', published)).toHaveLength(1);
  expect(findChangesetFaults(changeset('@onceover/contract patch'), published)).toHaveLength(1);
});
