/**
 * The typed errors of Onceover. A class says what the host does next; a code says what happened.
 * No field of an error may hold a secret: errors are stored, logged and shown.
 */

const marker = Symbol.for('onceover.error');

/** When the same call may be tried again. `later` leaves the delay to the host's backoff. */
export type Retry = 'never' | 'later' | { readonly afterMs: number };

export interface OnceoverErrorOptions {
  /** Stable, snake_case. Defaults to the class's own code. */
  code?: string;
  /** More detail for a log; the message itself is written for a person and says what to do. */
  logMessage?: string;
  retry?: Retry;
  cause?: unknown;
}

export class OnceoverError extends Error {
  // Written out, here and below: a bundler may rename classes, and the name is what travels.
  override readonly name: string = 'OnceoverError';
  readonly [marker] = true;
  readonly code: string;
  readonly retry: Retry;
  readonly logMessage: string;

  constructor(message: string, options: OnceoverErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? 'error';
    this.retry = options.retry ?? 'never';
    this.logMessage = options.logMessage ?? message;
  }

  /** True for errors of any loaded copy of this package. */
  static isInstance(value: unknown): value is OnceoverError {
    return typeof value === 'object' && value !== null && marker in value;
  }
}

/** A config, manifest or declaration is wrong. The person who wrote it must change it. */
export class ConfigurationError extends OnceoverError {
  override readonly name: string = 'ConfigurationError';
  /** JSON pointer to the offending place, where there is one. */
  readonly path: string | undefined;
  constructor(message: string, options: OnceoverErrorOptions & { path?: string } = {}) {
    super(message, { code: 'configuration', ...options });
    this.path = options.path;
  }
}

/** The vendor does not accept the credential (401 after a refresh). The connection must be reconnected. */
export class AuthenticationError extends OnceoverError {
  override readonly name: string = 'AuthenticationError';
  constructor(message: string, options: OnceoverErrorOptions = {}) {
    super(message, { code: 'authentication', ...options });
  }
}

/** A call needs a scope that was not granted or not declared, or is not in the manifest at all. */
export class ScopeError extends OnceoverError {
  override readonly name: string = 'ScopeError';
  readonly required: readonly string[];
  readonly granted: readonly string[];
  constructor(
    message: string,
    options: OnceoverErrorOptions & { required?: readonly string[]; granted?: readonly string[] } = {},
  ) {
    super(message, { code: 'scope', ...options });
    this.required = options.required ?? [];
    this.granted = options.granted ?? [];
  }
}

/** The vendor asks to slow down. */
export class RateLimitError extends OnceoverError {
  override readonly name: string = 'RateLimitError';
  constructor(message: string, options: OnceoverErrorOptions = {}) {
    super(message, { code: 'rate_limited', retry: 'later', ...options });
  }
}

/** The vendor failed (5xx) or answered what its contract does not allow. */
export class UpstreamError extends OnceoverError {
  override readonly name: string = 'UpstreamError';
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  constructor(message: string, options: OnceoverErrorOptions & { status?: number } = {}) {
    super(message, { code: 'upstream', retry: 'later', ...options });
    this.status = options.status;
  }
}

/** An input, or a record as the vendor sees it, is not valid. Sending it again cannot help. */
export class ValidationError extends OnceoverError {
  override readonly name: string = 'ValidationError';
  /** JSON pointer to the offending value, where known. */
  readonly path: string | undefined;
  constructor(message: string, options: OnceoverErrorOptions & { path?: string } = {}) {
    super(message, { code: 'validation', ...options });
    this.path = options.path;
  }
}

/** The record is in another state than the write assumed (409, 412, duplicates). Reconcile first. */
export class ConflictError extends OnceoverError {
  override readonly name: string = 'ConflictError';
  constructor(message: string, options: OnceoverErrorOptions = {}) {
    super(message, { code: 'conflict', ...options });
  }
}

/**
 * The addressed record does not exist (404, 410) or was merged away. The host drops the links that the call
 * used and plans it once more.
 */
export class NotFoundError extends OnceoverError {
  override readonly name: string = 'NotFoundError';
  constructor(message: string, options: OnceoverErrorOptions = {}) {
    super(message, { code: 'not_found', ...options });
  }
}

/** A write was sent and nobody knows whether it took effect. */
export class OutcomeUnknownError extends OnceoverError {
  override readonly name: string = 'OutcomeUnknownError';
  constructor(message: string, options: OnceoverErrorOptions = {}) {
    super(message, { code: 'outcome_unknown', ...options });
  }
}

/** A connector or stored value speaks a version of the contract that this host does not. */
export class ContractVersionError extends OnceoverError {
  override readonly name: string = 'ContractVersionError';
  constructor(message: string, options: OnceoverErrorOptions = {}) {
    super(message, { code: 'contract_version', ...options });
  }
}

/** An error as JSON, for IPC and storage. */
export interface ErrorData {
  class: string;
  code: string;
  message: string;
  logMessage: string;
  retry: Retry;
  path?: string;
  status?: number;
  required?: readonly string[];
  granted?: readonly string[];
}

const classes = {
  ConfigurationError,
  AuthenticationError,
  ScopeError,
  RateLimitError,
  UpstreamError,
  ValidationError,
  ConflictError,
  NotFoundError,
  OutcomeUnknownError,
  ContractVersionError,
} as const;

/** An error of any kind as data. What is not ours becomes `code: "unexpected"` and is not retried. */
export function errorToData(error: unknown): ErrorData {
  if (!OnceoverError.isInstance(error)) {
    const message = textOf(error);
    return { class: 'OnceoverError', code: 'unexpected', message, logMessage: message, retry: 'never' };
  }
  const { name, code, message, logMessage, retry } = error;
  const detail = error as Partial<Pick<ErrorData, 'path' | 'status' | 'required' | 'granted'>>;
  return {
    class: name,
    code,
    message,
    logMessage,
    retry,
    ...(detail.path === undefined ? {} : { path: detail.path }),
    ...(detail.status === undefined ? {} : { status: detail.status }),
    ...(detail.required === undefined ? {} : { required: detail.required }),
    ...(detail.granted === undefined ? {} : { granted: detail.granted }),
  };
}

/** Anything can be thrown, also what has no text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'something that has no text was thrown';
  }
}

/** The inverse of {@link errorToData}; an unknown class becomes the base class. */
export function errorFromData(data: ErrorData): OnceoverError {
  const { class: name, message, ...options } = data;
  const Class = Object.hasOwn(classes, name) ? classes[name as keyof typeof classes] : OnceoverError;
  return new Class(message, options);
}
