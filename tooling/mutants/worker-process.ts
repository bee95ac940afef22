import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Baseline, FromWorker, TestFact, ToWorker, Trial, Verdict } from './worker/messages.ts';
import type { TestRecord } from './worker/run-trial.ts';

const main = fileURLToPath(new URL('./worker/main.ts', import.meta.url));

/** Modules of past mutants stay in memory: after this many trials a fresh process goes on. */
const trialsPerProcess = 250;

export interface TrialLimits {
  /** A test that takes longer has met an endless loop. */
  testMs: number;
  /** A trial that takes longer has a mutant that blocks the process. */
  trialMs: number;
}

export const defaultLimits: TrialLimits = { testMs: 20_000, trialMs: 180_000 };

/** A process that tries mutants, replaced when it is used up, stuck or dead. */
export class WorkerProcess {
  #child: ChildProcess | undefined;
  #trials = 0;
  readonly #knowledge: readonly (TestFact & TestRecord)[];

  readonly #limits: TrialLimits;

  /** `knowledge` is how tests did, by which the likeliest to fail run first. */
  constructor(options: { knowledge?: readonly (TestFact & TestRecord)[]; limits?: TrialLimits } = {}) {
    this.#knowledge = options.knowledge ?? [];
    this.#limits = options.limits ?? defaultLimits;
  }

  async baseline(trial: Trial): Promise<Baseline> {
    const answer = await this.#ask(trial, 600_000);
    if (answer?.kind !== 'baseline')
      throw new Error('The tests of the connector stop the process that runs them');
    return answer.baseline;
  }

  async try(trial: Trial): Promise<Verdict> {
    const started = performance.now();
    const answer = await this.#ask(trial, this.#limits.trialMs);
    if (answer?.kind === 'tried') {
      // What timed out may still be running.
      if (answer.verdict.killed && answer.verdict.by === 'time') this.stop();
      return answer.verdict;
    }
    this.stop();
    return { killed: true, by: 'time', ms: Math.round(performance.now() - started) };
  }

  stop(): void {
    this.#child?.removeAllListeners();
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  /** The answer to a trial; undefined when the process died or said nothing for too long. */
  #ask(trial: Trial, limitMs: number): Promise<FromWorker | undefined> {
    if (this.#trials >= trialsPerProcess) this.stop();
    const child = this.#child ?? this.#start();
    this.#trials += 1;
    return new Promise((resolve) => {
      const finish = (answer: FromWorker | undefined) => {
        clearTimeout(timer);
        child.off('message', hear);
        child.off('exit', lose);
        resolve(answer);
      };
      const hear = (message: FromWorker) => {
        if (message.kind !== 'ready' && message.number === trial.number) finish(message);
      };
      const lose = () => finish(undefined);
      const timer = setTimeout(lose, limitMs);
      child.on('message', hear);
      child.on('exit', lose);
      this.#tell(child, { kind: 'try', trial });
    });
  }

  #start(): ChildProcess {
    const child = fork(main, [], {
      execArgv: ['--conditions=@onceover/source', '--no-warnings'],
      // What mutants print is noise.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // Dead between two trials: the next one starts another.
    child.on('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    this.#trials = 0;
    this.#tell(child, { kind: 'learn', tests: this.#knowledge });
    return child;
  }

  #tell(child: ChildProcess, message: ToWorker): void {
    child.send(message, () => undefined);
  }
}
