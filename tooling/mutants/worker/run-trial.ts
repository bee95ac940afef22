import { pathToFileURL } from 'node:url';
import { type CollectedFile, type CollectedTest, collectTests } from './collector.ts';
import type { Baseline, TestFact, TestFailure, Trial, Verdict } from './messages.ts';
import { moduleOf, setTrial } from './mutant-loader.ts';

/** How a test did in earlier trials. */
export interface TestRecord {
  ms: number;
  kills: number;
}

/** Records of tests by file and place. */
export class TestRecords {
  readonly #records = new Map<string, TestRecord>();

  learn(tests: readonly (TestFact & TestRecord)[]): void {
    for (const { file, index, ms, kills } of tests) this.#records.set(`${file} ${index}`, { ms, kills });
  }

  of(file: string, index: number): TestRecord {
    return this.#records.get(`${file} ${index}`) ?? { ms: 0, kills: 0 };
  }

  killed({ file, index }: TestFact): void {
    const record = this.of(file, index);
    this.#records.set(`${file} ${index}`, { ...record, kills: record.kills + 1 });
  }
}

/** Runs tests against one mutant until one fails. */
export async function tryMutant(trial: Trial, records: TestRecords): Promise<Verdict> {
  setTrial(trial);
  const started = performance.now();
  const ms = () => Math.round(performance.now() - started);
  let count = 0;
  for (const file of trial.tests) {
    const loaded = await load(file);
    if ('message' in loaded) return { killed: true, by: 'load', file, message: loaded.message, ms: ms() };
    const ordered = loaded.tests
      .map((test, index) => ({ test, index, record: records.of(file, index) }))
      .sort((one, other) => other.record.kills - one.record.kills || one.record.ms - other.record.ms);
    for (const { test, index } of ordered) {
      const message = await failureOf(test, trial.testTimeoutMs);
      count += 1;
      if (message === undefined) continue;
      // A busy machine fails a test once; a mutant fails it again.
      if (message !== timedOut && (await failureOf(test, trial.testTimeoutMs)) === undefined) continue;
      const fact = { file, index, name: test.name };
      records.killed(fact);
      if (message === timedOut) return { killed: true, by: 'time', failure: fact, ms: ms() };
      await finish(loaded);
      return { killed: true, by: 'test', failure: { ...fact, message }, ms: ms() };
    }
    await finish(loaded);
  }
  return { killed: false, tests: count, ms: ms() };
}

/** Runs every test on the sources as they are. */
export async function runBaseline(trial: Trial): Promise<Baseline> {
  setTrial(trial);
  const failures: TestFailure[] = [];
  const tests: (TestFact & { ms: number })[] = [];
  for (const file of trial.tests) {
    const loaded = await load(file);
    if ('message' in loaded) {
      failures.push({ file, index: 0, name: 'the file loads', message: loaded.message });
      continue;
    }
    for (const [index, test] of loaded.tests.entries()) {
      const started = performance.now();
      const message = await failureOf(test, trial.testTimeoutMs);
      const fact = { file, index, name: test.name };
      tests.push({ ...fact, ms: performance.now() - started });
      if (message !== undefined) failures.push({ ...fact, message });
    }
    await finish(loaded);
  }
  return { failures, tests };
}

async function load(file: string): Promise<CollectedFile | { message: string }> {
  try {
    return await collectTests(() => import(moduleOf(pathToFileURL(file).href)));
  } catch (error) {
    return { message: textOf(error) };
  }
}

/** What a mutant breaks may not be able to clean up; that says nothing more about it. */
async function finish(file: CollectedFile): Promise<void> {
  await file.finish().catch(() => undefined);
}

const timedOut = 'timed out';

async function failureOf(test: CollectedTest, timeoutMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(timedOut), timeoutMs);
  });
  try {
    return await Promise.race([test.run().then(() => undefined), timeout]);
  } catch (error) {
    return textOf(error);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, 400);
}
