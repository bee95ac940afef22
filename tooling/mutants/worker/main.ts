import type { FromWorker, ToWorker } from './messages.ts';
import { installMutantLoader } from './mutant-loader.ts';
import { runBaseline, TestRecords, tryMutant } from './run-trial.ts';

/**
 * A process that tries one mutant after another. Everything but the connector's own files is loaded once: that is
 * what makes thousands of mutants affordable.
 */
const send = (message: FromWorker) => process.send?.(message);

installMutantLoader();
// What a mutant leaves behind may fail later; only what a test sees counts.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', () => undefined);
process.on('disconnect', () => process.exit(0));

const records = new TestRecords();
let work = Promise.resolve();

process.on('message', (message: ToWorker) => {
  work = work.then(() => handle(message));
});
send({ kind: 'ready' });

async function handle(message: ToWorker): Promise<void> {
  if (message.kind === 'learn') {
    records.learn(message.tests);
    return;
  }
  const { trial } = message;
  if (trial.isBaseline) {
    send({ kind: 'baseline', number: trial.number, baseline: await runBaseline(trial) });
  } else {
    send({ kind: 'tried', number: trial.number, verdict: await tryMutant(trial, records) });
  }
}
