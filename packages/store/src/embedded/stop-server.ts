import { pause } from '../abort.ts';
import { StoreError } from '../store-error.ts';
import { findServer, isServing } from './postmaster-file.ts';

const pollMs = 10;

/** PostgreSQL's own meaning of the signals, and how long each may take before the next one. */
const steps = [
  // Fast: roll open transactions back, write everything, end.
  { signal: 'SIGINT', patienceMs: 4_000 },
  // Immediate: end at once; committed transactions are recovered from the log at the next start.
  { signal: 'SIGQUIT', patienceMs: 8_000 },
] as const;

/** Stops the server of this data folder, if one runs. */
export async function stopServer(dataFolder: string): Promise<void> {
  const server = findServer(dataFolder);
  if (!server) return;
  for (const { signal, patienceMs } of steps) {
    try {
      process.kill(server.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw new StoreError(
        'embedded_stop_failed',
        `This user may not stop PostgreSQL (process ${server.pid}). Stop it as the user who started it.`,
        { cause: error },
      );
    }
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      if (!isServing(server, dataFolder)) return;
      await pause(pollMs);
    }
  }
  throw new StoreError(
    'embedded_stop_failed',
    `PostgreSQL (process ${server.pid}) does not stop. See its log in the data folder.`,
  );
}
