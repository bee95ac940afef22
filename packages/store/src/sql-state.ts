/** The SQLSTATE that the server gave, or undefined for an error that did not come from it (a broken connection, say). */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  // Node's own codes (ECONNRESET …) have other shapes than SQLSTATE's five characters with a digit among them.
  return typeof error.code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

/** Whether the server gave one of these SQLSTATEs. */
export function hasSqlState(error: unknown, ...states: string[]): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && states.includes(state);
}

/** The transaction lost against another one and can simply be run again: serialization failure or deadlock. */
export function isRetryable(error: unknown): boolean {
  return hasSqlState(error, '40001', '40P01');
}

/** The connection is gone, or the server ended it: nothing is known of the statement that was in flight. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return state.startsWith('08') || ['57P01', '57P02', '57P03'].includes(state);
  if (!(error instanceof Error)) return false;
  // What the driver and Node's sockets say; the driver gives its own errors no code.
  const code = 'code' in error ? error.code : undefined;
  return (
    (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code)) ||
    /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout)/i.test(
      error.message,
    )
  );
}

/** A statement of ours found that what it assumed does not hold (a lane was lost, a row is there already) and did nothing. */
export function isRefuted(error: unknown): boolean {
  return hasSqlState(error, 'OC001');
}
