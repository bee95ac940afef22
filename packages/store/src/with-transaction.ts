import { throwIfAborted } from './abort.ts';
import type { Queryable } from './define-query.ts';
import type { Store } from './open-store.ts';
import { isConnectionLost, sqlStateOf } from './sql-state.ts';
import { StoreError } from './store-error.ts';

export interface TransactionOptions {
  isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readOnly?: boolean;
  /** Checked before the start and before the commit: an aborted transaction is rolled back. */
  signal?: AbortSignal;
}

/**
 * Runs `work` in a transaction: commits when it returns, rolls back when it throws.
 *
 * @throws StoreError `commit_outcome_unknown` when the connection broke while the commit was in flight. The work may
 *   or may not have taken effect: read again before doing it again.
 */
export async function withTransaction<T>(
  store: Store,
  work: (transaction: Queryable) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  throwIfAborted(options.signal);
  const connection = await store.connect();
  let broken: Error | undefined;
  try {
    await connection.execute(beginStatement(options));
    const result = await work(connection);
    throwIfAborted(options.signal);
    await commit(connection.execute);
    return result;
  } catch (error) {
    broken = await rollBack(connection.execute, error);
    throw error;
  } finally {
    connection.release(broken);
  }
}

function beginStatement({ isolation, readOnly }: TransactionOptions): string {
  return `begin${isolation ? ` isolation level ${isolation}` : ''}${readOnly ? ' read only' : ''}`;
}

async function commit(execute: (text: string) => Promise<void>): Promise<void> {
  try {
    await execute('commit');
  } catch (cause) {
    // An answer with a SQLSTATE is the server's verdict, unless it says that the server is going away.
    if (sqlStateOf(cause) !== undefined && !isConnectionLost(cause)) throw cause;
    throw new StoreError(
      'commit_outcome_unknown',
      'The connection to the database broke while a transaction was being committed.',
      { cause },
    );
  }
}

/** Gives the connection back clean, or says why it cannot be used again. */
async function rollBack(
  execute: (text: string) => Promise<void>,
  error: unknown,
): Promise<Error | undefined> {
  if (StoreError.isInstance(error) && error.code === 'commit_outcome_unknown') return error;
  try {
    await execute('rollback');
    return undefined;
  } catch (rollbackError) {
    return rollbackError instanceof Error
      ? rollbackError
      : new Error('rollback failed', { cause: rollbackError });
  }
}
