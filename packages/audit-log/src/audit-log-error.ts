const marker = Symbol.for('onceover.audit-log-error');

/** Why a leaf could not be made. */
export type AuditLogErrorCode = 'not_canonical' | 'invalid_entry' | 'invalid_leaf';

/** An error of the audit log: what was given cannot be logged. It names the place, never the content. */
export class AuditLogError extends Error {
  readonly [marker] = true;
  readonly code: AuditLogErrorCode;
  /** JSON pointer (RFC 6901) to what is wrong, within the value that was given. */
  readonly pointer: string;

  constructor(code: AuditLogErrorCode, message: string, pointer: string) {
    super(message);
    this.name = 'AuditLogError';
    this.code = code;
    this.pointer = pointer;
  }

  /** True for an AuditLogError of any copy of this package. */
  static isInstance(error: unknown): error is AuditLogError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
