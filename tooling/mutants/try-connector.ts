import { basename, join, relative } from 'node:path';
import { type ConnectorSources, declaredScopes, dependentsOf } from './connector-sources.ts';
import { applyMutant, type Mutant } from './mutate/mutant.ts';
import { mutantsOfSource } from './mutate/mutants-of-source.ts';
import type { Baseline, TestFact, Verdict } from './worker/messages.ts';
import type { TestRecord } from './worker/run-trial.ts';
import { defaultLimits, type TrialLimits, WorkerProcess } from './worker-process.ts';

export interface TriedMutant {
  mutant: Mutant;
  verdict: Verdict;
}

/** Every mutant of a connector's shipped sources, in the order of the files. */
export function mutantsOf(connector: ConnectorSources): readonly Mutant[] {
  const scopes = declaredScopes(connector);
  return connector.production.flatMap((file) =>
    mutantsOfSource(
      {
        file,
        name: `${connector.id}/${relative(join(connector.folder, 'src'), file).replace(/\.ts$/, '')}`,
        text: connector.texts.get(file) ?? '',
      },
      { scopes },
    ),
  );
}

/** The connector's tests on its sources as they are: what fails here would kill every mutant. */
export async function baselineOf(connector: ConnectorSources): Promise<Baseline> {
  const worker = new WorkerProcess();
  try {
    return await worker.baseline({
      number: 0,
      reload: [...connector.texts.keys()],
      tests: connector.tests,
      testTimeoutMs: defaultLimits.testMs,
      isBaseline: true,
    });
  } finally {
    worker.stop();
  }
}

/** After so many trials a process proves that it still tells sources from mutants. */
const trialsPerControl = 100;

/**
 * Tries mutants with `parallel` processes; `onTried` hears of each in the order they finish.
 * @throws when the tests of a process fail on the sources as they are, for then they killed mutants that they
 * should not have: a test that depends on the clock, say, or sources that changed in the meantime
 */
export async function tryMutants(
  connector: ConnectorSources,
  options: {
    mutants: readonly Mutant[];
    baseline: Baseline;
    parallel: number;
    limits?: TrialLimits | undefined;
    onTried(tried: TriedMutant): void;
  },
): Promise<void> {
  const { mutants, baseline, parallel, limits = defaultLimits, onTried } = options;
  const knowledge: (TestFact & TestRecord)[] = baseline.tests.map((test) => ({ ...test, kills: 0 }));
  const kills = new KillCounts(knowledge);
  const waiting = mutants.entries();
  const workers = Array.from({ length: parallel }, () => new WorkerProcess({ knowledge, limits }));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        let trials = 0;
        for (const [index, mutant] of waiting) {
          const reload = dependentsOf(connector, mutant.file);
          const verdict = await worker.try({
            number: index + 1,
            mutant: { file: mutant.file, text: applyMutant(connector.texts.get(mutant.file) ?? '', mutant) },
            reload: [...reload],
            tests: kills.inOrder(
              connector.tests.filter((file) => reload.has(file)),
              mutant.file,
            ),
            testTimeoutMs: limits.testMs,
            isBaseline: false,
          });
          kills.count(verdict);
          onTried({ mutant, verdict });
          trials += 1;
          if (trials % trialsPerControl === 0) await control(connector, worker, index + 1, limits);
        }
        await control(connector, worker, mutants.length, limits);
      }),
    );
  } finally {
    for (const worker of workers) worker.stop();
  }
}

async function control(
  connector: ConnectorSources,
  worker: WorkerProcess,
  number: number,
  limits: TrialLimits,
): Promise<void> {
  const verdict = await worker.try({
    // Negative, so that it is no mutant's.
    number: -number,
    reload: [...connector.texts.keys()],
    tests: connector.tests,
    testTimeoutMs: limits.testMs,
    isBaseline: false,
  });
  if (!verdict.killed) return;
  throw new Error(
    `The tests of ${connector.id} fail without a mutant after a while, so no verdict counts: ${explained(verdict)}`,
  );
}

/** What killed a mutant, in a line. */
export function explained(verdict: Verdict & { killed: true }): string {
  const line = (text: string) => text.split('\n', 1)[0] ?? '';
  switch (verdict.by) {
    case 'test':
      return `${verdict.failure.name}: ${line(verdict.failure.message)}`;
    case 'load':
      return `loading ${basename(verdict.file)}: ${line(verdict.message)}`;
    case 'time':
      return verdict.failure === undefined ? 'time' : `time: ${verdict.failure.name}`;
  }
}

/** Which tests killed mutants so far: the likeliest go first. */
class KillCounts {
  readonly #tests: (TestFact & TestRecord)[];

  constructor(tests: (TestFact & TestRecord)[]) {
    this.#tests = tests;
  }

  count(verdict: Verdict): void {
    if (!verdict.killed || verdict.by !== 'test') return;
    const { file, index } = verdict.failure;
    const test = this.#tests.find((each) => each.file === file && each.index === index);
    if (test !== undefined) test.kills += 1;
  }

  /** The test beside the changed file first, then those that kill most for their time. */
  inOrder(files: readonly string[], changed: string): readonly string[] {
    const stem = basename(changed, '.ts');
    const rank = (file: string) => {
      if (basename(file).startsWith(`${stem}.`)) return Number.POSITIVE_INFINITY;
      const own = this.#tests.filter((test) => test.file === file);
      const killed = own.reduce((sum, { kills }) => sum + kills, 0);
      return (killed + 1) / (own.reduce((sum, { ms }) => sum + ms, 0) + 50);
    };
    return files
      .map((file) => ({ file, rank: rank(file) }))
      .sort((one, other) => other.rank - one.rank || (one.file < other.file ? -1 : 1))
      .map(({ file }) => file);
  }
}
