import { expect, test } from 'vitest';
import { compareVersions, isExactVersion } from './exact-version.ts';

test('an exact version is one of semver’s, and nothing that stands for several', () => {
  const exact = ['0.0.0', '1.2.3', '1.2.3-rc.1', '1.2.3-x-y-z.4', '1.2.3+build.5', '1.2.3-0+a'];
  const other = [
    '',
    '1',
    '1.2',
    'v1.2.3',
    '=1.2.3',
    '1.2.x',
    '^1.2.3',
    '>=1.2.3',
    '1.2.3 || 2.0.0',
    'latest',
    '01.2.3',
    '1.2.3-01',
    '../1.2.3',
    `1.2.3-${'a'.repeat(128)}`,
  ];
  expect(exact.filter(isExactVersion)).toEqual(exact);
  expect(other.filter(isExactVersion)).toEqual([]);
});

test('versions are ordered as semver.org orders them', () => {
  const ordered = [
    '0.9.10',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.9.0',
    '1.10.0',
    '2.0.0',
  ];
  expect(ordered.toReversed().sort(compareVersions)).toEqual(ordered);
  expect(compareVersions('1.0.0', '1.0.0')).toBe(0);
});
