import type { ConnectorSources } from './connector-sources.ts';
import { type Equivalents, equivalentProblems } from './equivalents.ts';
import type { Mutant } from './mutate/mutant.ts';
import { duration, type Output, Progress } from './progress.ts';
import { seededSample } from './seeded-sample.ts';
import { summaryTable } from './summary-table.ts';
import { baselineOf, explained, mutantsOf, type TriedMutant, tryMutants } from './try-connector.ts';
import type { TrialLimits } from './worker-process.ts';

export interface RunOptions {
  equivalents: Equivalents;
  /** Only mutants whose id holds this text. */
  match: string | undefined;
  /** Only so many mutants, drawn by the seed; all when undefined. */
  sample: number | undefined;
  seed: number;
  parallel: number;
  listOnly: boolean;
  verbose: boolean;
  output: Output;
  limits?: TrialLimits;
}

/** Tries the mutants of connectors and prints the outcome; true when each was killed or is known as equivalent. */
export async function runMutants(
  connectors: readonly ConnectorSources[],
  options: RunOptions,
): Promise<boolean> {
  const { equivalents, match, sample, seed, parallel, output, limits } = options;
  const started = performance.now();
  const all = new Map(connectors.map((connector) => [connector, mutantsOf(connector)]));
  const known = new Set([...all.values()].flat().map(({ id }) => id));
  const matching = [...known].filter((id) => match === undefined || id.includes(match));
  const chosen = new Set(sample === undefined ? matching : seededSample(matching, sample, seed));
  if (options.listOnly) {
    for (const id of chosen) output.write(`${id}\n`);
    return true;
  }
  if (sample !== undefined) output.write(`${chosen.size} of ${known.size} mutants, seed ${seed}\n`);

  const progress = new Progress(chosen.size, output);
  const tried = new Map<ConnectorSources, TriedMutant[]>();
  for (const [connector, mutants] of all) {
    const own = mutants.filter(({ id }) => chosen.has(id));
    const results: TriedMutant[] = [];
    tried.set(connector, results);
    if (own.length === 0) continue;
    const baseline = await baselineOf(connector);
    for (const { file, name, message } of baseline.failures) {
      progress.say(`✗ ${connector.id} without a mutant: ${file}: ${name}: ${message}`);
    }
    if (baseline.failures.length > 0) return false;
    progress.say(`${connector.id}: ${baseline.tests.length} tests pass without a mutant`);
    await tryMutants(connector, {
      mutants: own,
      baseline,
      parallel,
      limits,
      onTried(result) {
        results.push(result);
        const { mutant, verdict } = result;
        if (options.verbose) progress.say(verdictLine(result));
        else if (!verdict.killed && !equivalents.has(mutant.id))
          progress.say(survivorLine(connector, mutant));
        progress.tried(connector.id, !verdict.killed);
      },
    });
  }

  const results = [...tried.values()].flat();
  const killed = new Set(results.filter(({ verdict }) => verdict.killed).map(({ mutant }) => mutant.id));
  const ofThese = new Set(connectors.map(({ id }) => id));
  const relevant = new Map(
    [...equivalents].filter(([id]) => ofThese.has(id.slice(0, id.indexOf('/'))) || connectors.length > 1),
  );
  const problems = equivalentProblems(relevant, { known, killed });
  for (const { mutant, verdict } of results) {
    const reason = equivalents.get(mutant.id);
    if (!verdict.killed && reason !== undefined) progress.say(`equivalent: ${mutant.id}\n  ${reason}`);
  }
  const survivors = results.filter(({ mutant, verdict }) => !verdict.killed && !equivalents.has(mutant.id));
  if (survivors.length > 0) progress.say(`\n${survivors.length} survivors that no test notices:`);
  for (const [connector, own] of tried) {
    for (const { mutant } of own.filter((one) => survivors.includes(one))) {
      progress.say(survivorLine(connector, mutant));
    }
  }
  for (const problem of problems) progress.say(`✗ ${problem}`);
  progress.say(`\n${summaryTable(tried, equivalents)}\nin ${duration(performance.now() - started)}`);
  return survivors.length === 0 && problems.length === 0;
}

function survivorLine({ folder }: ConnectorSources, { id, file, line }: Mutant): string {
  return `survived: ${id}\n  at ${file.slice(folder.length + 1)}:${line}`;
}

function verdictLine({ mutant, verdict }: TriedMutant): string {
  if (!verdict.killed) return `survived (${verdict.tests} tests, ${verdict.ms} ms): ${mutant.id}`;
  return `killed (${verdict.ms} ms): ${mutant.id}\n  by ${explained(verdict)}`;
}
