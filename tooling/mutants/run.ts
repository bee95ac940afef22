import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readConnector, findConnectors } from './connector-sources.ts';
import { readEquivalents } from './equivalents.ts';
import { runMutants } from './run-mutants.ts';

/**
 * `pnpm test:mutants [--only connector] [--match text] [--sample n --seed s] [--list]`: small changes to every
 * connector, one at a time; one that no test notices is a survivor.
 */
const { values } = parseArgs({
  // `pnpm run x -- --seed 1` hands the dashes on.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    only: { type: 'string' },
    match: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string' },
    parallel: { type: 'string', default: '2' },
    list: { type: 'boolean', default: false },
    /** Says of each mutant what killed it. */
    verbose: { type: 'boolean', default: false },
  },
});
const folder = fileURLToPath(new URL('../../connectors', import.meta.url));
const connectors = findConnectors(folder)
  .map(readConnector)
  .filter(({ id }) => values.only === undefined || id === values.only);
if (connectors.length === 0) throw new Error(`There is no connector ${values.only} in ${folder}`);

const isComplete = await runMutants(connectors, {
  equivalents: readEquivalents(new URL('./equivalent.json', import.meta.url)),
  match: values.match,
  sample: values.sample === undefined ? undefined : Number(values.sample),
  seed: values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed),
  parallel: Number(values.parallel),
  listOnly: values.list,
  verbose: values.verbose,
  output: { isTTY: process.stdout.isTTY, write: (text) => process.stdout.write(text) },
});
process.exitCode = isComplete ? 0 : 1;
