const marker = Symbol.for('onceover.store-error');

/** Why the store refused or failed; stable, so that callers branch on it and never on a message. */
export type StoreErrorCode =
  | 'aborted'
  | 'commit_outcome_unknown'
  | 'database_unreachable'
  | 'embedded_data_foreign'
  | 'embedded_data_version'
  | 'embedded_password'
  | 'embedded_start_failed'
  | 'embedded_stop_failed'
  | 'embedded_unsupported'
  | 'migration_edited'
  | 'migration_failed'
  | 'row_count'
  | 'schema_newer'
  | 'schema_older'
  | 'server_too_old';

/** An error of the store. The message is written for the person who has to act on it; it never holds a secret. */
export class StoreError extends Error {
  readonly [marker] = true;
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }

  /** True for a StoreError of any copy of this package. */
  static isInstance(error: unknown): error is StoreError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
