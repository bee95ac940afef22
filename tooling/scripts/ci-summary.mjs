// node ci-summary.mjs <vitest's json> <its exit code> <what the check printed> <its exit code>
// Prints `N passed, N failed` over both, alone on the last line, and exits with 1 when anything failed.
import { readFileSync } from 'node:fs';
import { summarize } from './check/summarize.mjs';

const [testsFile = '', testsExit, checkFile = '', checkExit] = process.argv.slice(2);
const { passed, failed } = summarize({
  tests: { report: read(testsFile), exitCode: Number(testsExit) },
  check: { report: read(checkFile), exitCode: Number(checkExit) },
});
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the program ended before it wrote anything; its exit code counts
  }
}
