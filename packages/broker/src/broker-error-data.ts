import { type ErrorData, errorToData, OnceoverError } from '@onceover/contract';

/**
 * An error met on the broker's own side, as data. What is not typed is ours or the database's trouble, never the
 * record's: the same call may well succeed later.
 */
export function brokerErrorData(error: unknown): ErrorData {
  const data = errorToData(error);
  return OnceoverError.isInstance(error) ? data : { ...data, code: 'broker_failed', retry: 'later' };
}
