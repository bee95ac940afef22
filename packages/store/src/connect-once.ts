import pg from 'pg';
import { abortable, throwIfAborted } from './abort.ts';
import { StoreError } from './store-error.ts';

/** Runs `work` on one connection of its own and closes it; for the rare work that a pool is too much for. The signal breaks off what runs. */
export async function connectOnce<T>(
  options: { url: string; applicationName: string; signal?: AbortSignal | undefined },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks rejects the query in flight; the event itself must not end the process.
  client.on('error', () => {});
  const end = () => client.end().catch(() => {});
  const breakOff = () => void end();
  const { signal } = options;
  throwIfAborted(signal);
  const connecting = client.connect();
  try {
    await abortable(connecting, signal);
  } catch (cause) {
    // The driver never settles when a client is ended before it is connected: it is ended as soon as it is.
    void connecting.then(end, () => {});
    throwIfAborted(signal);
    throw new StoreError('database_unreachable', describeUnreachable(options.url, cause), { cause });
  }
  // Ending a client breaks its query off: the server rolls back what was not committed.
  signal?.addEventListener('abort', breakOff, { once: true });
  try {
    throwIfAborted(signal);
    return await work(client);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', breakOff);
    await end();
  }
}

/** Says which server could not be reached and why, without the password of the URL. */
export function describeUnreachable(url: string, cause: unknown): string {
  let place = 'the database';
  try {
    const { hostname, port, pathname, username } = new URL(url);
    place = `the database ${pathname.slice(1)} at ${hostname}:${port || '5432'} as ${username || 'the default user'}`;
  } catch {
    return 'The database URL cannot be read. It has the form postgres://user:password@host:5432/database.';
  }
  const reason = cause instanceof AggregateError ? cause.errors.map(String).join('; ') : String(cause);
  return `Cannot connect to ${place}: ${reason.replace(/^\w*Error: /i, '')}`;
}
