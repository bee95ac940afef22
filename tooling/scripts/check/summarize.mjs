/** @typedef {{ report: string, exitCode: number }} Outcome what a program wrote and how it ended */
/** @typedef {{ passed: number, failed: number }} Counts */

/**
 * Adds up vitest's JSON report and the check's last line. A program that failed without saying what failed counts as
 * one failure: an unhandled rejection, a set-up that broke, a crash.
 * @param {{ tests: Outcome, check: Outcome }} outcomes
 * @returns {Counts}
 */
export function summarize({ tests, check }) {
  const counts = [
    honest(countTests(tests.report), tests.exitCode),
    honest(countSteps(check.report), check.exitCode),
  ];
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** @param {Counts} counts @param {number} exitCode */
function honest({ passed, failed }, exitCode) {
  return { passed, failed: exitCode !== 0 && failed === 0 ? 1 : failed };
}

/** A file that could not even be loaded has no tests: it counts as one. @param {string} report */
function countTests(report) {
  if (report === '') return { passed: 0, failed: 0 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(report);
  const emptyHanded = testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + emptyHanded.length };
}

/** @param {string} report */
function countSteps(report) {
  const last = [...report.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  return { passed: Number(last?.[1] ?? 0), failed: Number(last?.[2] ?? 0) };
}
