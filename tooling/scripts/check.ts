// `npm run check`: every guard of the workspace, one line each, all of them even when one fails.
//   --skip-tests   leaves the tests to the caller
//   <name> …       only the steps whose name starts so
import { parseArgs } from 'node:util';
import { runStep } from './check/run-step.ts';
import { steps } from './check/steps.ts';

const { values, positionals } = parseArgs({
  options: { 'skip-tests': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const wanted = steps.filter(
  ({ name }) =>
    !(values['skip-tests'] && name === 'tests') &&
    (positionals.length === 0 || positionals.some((start) => name.startsWith(start))),
);
// Colour codes and spinners are for terminals; the programs write into a pipe here.
const env = { ...process.env, NO_COLOR: '1', CI: '1' };

let failed = 0;
for (const step of wanted) {
  const { passed, seconds, output } = await runStep(step, env);
  if (!passed) failed += 1;
  console.log(`${passed ? '✓' : '✗'} ${step.name.padEnd(20)} ${seconds.toFixed(1).padStart(6)} s`);
  if (!passed) console.log(excerpt(output).replaceAll(/^/gm, '    '));
}
console.log(`${wanted.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && wanted.length > 0 ? 0 : 1;

/** The first and the last lines of a long complaint: the cause is mostly in one of the two. */
function excerpt(output: string): string {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= 160) return lines.join('\n');
  return [...lines.slice(0, 80), `… ${lines.length - 160} more lines …`, ...lines.slice(-80)].join('\n');
}
