import { expect, test } from 'vitest';
import { summarize } from './summarize.mjs';

const report = (numPassedTests: number, numFailedTests: number, testResults: object[] = []) =>
  JSON.stringify({ numPassedTests, numFailedTests, testResults });

test('tests and steps are added up', () => {
  const tests = { report: report(40, 2), exitCode: 1 };
  const check = { report: '✓ format 1.0 s\n✗ lint 2.0 s\n9 passed, 1 failed\n', exitCode: 1 };
  expect(summarize({ tests, check })).toEqual({ passed: 49, failed: 3 });
});

test('a program that fails without naming a failure counts as one', () => {
  const check = { report: '10 passed, 0 failed\n', exitCode: 0 };
  expect(summarize({ tests: { report: '', exitCode: 1 }, check })).toEqual({ passed: 10, failed: 1 });
  expect(summarize({ tests: { report: report(40, 0), exitCode: 1 }, check })).toEqual({
    passed: 50,
    failed: 1,
  });
  expect(
    summarize({ tests: { report: report(40, 0), exitCode: 0 }, check: { report: 'crash', exitCode: 134 } }),
  ).toEqual({
    passed: 40,
    failed: 1,
  });
});

test('a test file that cannot be loaded counts as a failure', () => {
  const files = [
    { status: 'failed', assertionResults: [] },
    { status: 'passed', assertionResults: [{}] },
  ];
  const tests = { report: report(40, 0, files), exitCode: 1 };
  expect(summarize({ tests, check: { report: '10 passed, 0 failed\n', exitCode: 0 } })).toEqual({
    passed: 50,
    failed: 1,
  });
});
