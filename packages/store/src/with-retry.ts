import { pause } from './abort.ts';
import { isRetryable } from './sql-state.ts';

export interface RetryOptions {
  /** How often `work` runs at most. */
  attempts?: number;
  signal?: AbortSignal;
  /** Between 0 and 1, for the jitter. */
  random?: () => number;
}

/**
 * Runs `work` again when the database chose it as the loser of a conflict (serialization failure, deadlock): the server
 * says that nothing of it remained. Never after a lost connection or `commit_outcome_unknown`: there only the caller
 * can look whether it took effect.
 */
export async function withRetry<T>(work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { attempts = 5, signal, random = Math.random } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error;
      await pause(random() * Math.min(250, 5 * 2 ** attempt), signal);
    }
  }
}
