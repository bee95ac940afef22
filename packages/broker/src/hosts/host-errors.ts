import { type ErrorData, OnceoverError, UpstreamError } from '@onceover/contract';

/** What ends a host's process. */
export type HostEnd =
  /** Nobody needs it: closed, idle, or too many. */
  | 'released'
  /** The process ended by itself, or by something outside. */
  | 'exited'
  | 'hung'
  | 'memory'
  | 'output'
  /** A frame that no honest process sends. */
  | 'forged'
  /** More frames, or bytes, than any call needs. */
  | 'flood';

const reasons: Readonly<Record<HostEnd, string>> = {
  released: 'it was ended because nobody used it',
  exited: 'it ended by itself',
  hung: 'it was killed, because it was blocked past its deadline',
  memory: 'it was killed, because it used more memory than it may',
  output: 'it was killed, because it printed more than it may',
  forged: 'it was killed, because it sent what is no message of a host',
  flood: 'it was killed, because it sent more than it may',
};

/**
 * The process ended while a request was with it. The code may have done its part or not; what was sent to a vendor
 * is known to the broker, and the call's write report says it.
 */
export function hostExited(name: string, end: HostEnd, detail = ''): UpstreamError {
  return new UpstreamError(
    `The host process of ${name} ended during the call: ${reasons[end]}${detail === '' ? '' : ` (${detail})`}`,
    { code: end === 'exited' || end === 'released' ? 'host_exited' : `host_${end}` },
  );
}

/** No process could be had: the code has seen nothing of the request, and nothing was sent. */
export function hostNotStarted(name: string, reason: string, cause?: unknown): UpstreamError {
  return new UpstreamError(`The host process of ${name} did not start: ${reason}`, {
    code: 'host_not_started',
    cause,
  });
}

export function hostClosed(): OnceoverError {
  return new OnceoverError('The host is closed', { code: 'host_closed', retry: 'later' });
}

export function hostDeadline(cause: unknown): UpstreamError {
  return new UpstreamError('The code did not answer in time, or the call was given up', {
    code: 'host_deadline',
    cause,
  });
}

/** The code cannot be loaded: the process said why. */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure';
  readonly data: ErrorData;
  constructor(data: ErrorData) {
    super(data.message);
    this.data = data;
  }
}
