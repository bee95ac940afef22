import { type RunnerOptions, startRunner } from '../start-runner.ts';
import type { UntilSignal } from './until-signal.ts';

export { createLog } from '../create-log.ts';

/** Starts a runner, says where it is, and stops it at the first signal; one that comes during the start ends that. */
export async function runUntilSignal(
  options: Omit<RunnerOptions, 'signal'>,
  { received, signal }: UntilSignal,
  print: (line: string) => void,
): Promise<void> {
  try {
    const runner = await startRunner({ ...options, signal });
    const { name, mode } = options.environment;
    print(`onceover ${name} (${mode}) is ready at ${runner.url}`);
    await received;
    await runner.stop();
  } catch (error) {
    // Whatever breaks off after a signal was asked to.
    if (!signal.aborted) throw error;
  }
}
