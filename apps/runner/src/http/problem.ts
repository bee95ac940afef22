import { OnceoverError } from '@onceover/contract';

/** An RFC 9457 problem: what went wrong and what the caller can do. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  /** Stable, snake_case. */
  code: string;
  detail: string;
  errors?: readonly { pointer: string; detail: string }[];
}

export class Problem extends Error {
  readonly body: ProblemBody;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    code: string,
    detail: string,
    more: { errors?: ProblemBody['errors']; retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.retryAfterSeconds = more.retryAfterSeconds;
    const title = titles[status] ?? 'Error';
    this.body = {
      type: `urn:onceover:problem:${code}`,
      title,
      status,
      code,
      detail,
      ...(more.errors === undefined ? {} : { errors: more.errors }),
    };
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not valid',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available now',
};

/** Any error as a problem; what is not meant for callers becomes a 500 without detail. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (OnceoverError.isInstance(error)) {
    const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
    if (error.name === 'ValidationError') {
      return new Problem(422, error.code, error.message, {
        errors: [{ pointer: path ?? '', detail: error.message }],
      });
    }
    if (error.name === 'NotFoundError') return new Problem(404, error.code, error.message);
    if (error.name === 'ConflictError') return new Problem(409, error.code, error.message);
  }
  const status = statusOf(error);
  if (status === 413)
    return new Problem(413, 'too_large', 'The body is larger than 1 MiB. Send less at once.');
  if (status === 415)
    return new Problem(415, 'unsupported_media_type', 'This content type is not accepted here.');
  if (status !== undefined && status >= 400 && status < 500) {
    return new Problem(
      status,
      'bad_request',
      error instanceof Error ? error.message : 'The request is not valid.',
    );
  }
  return new Problem(500, 'internal', 'Something failed on our side. The log of the runner says more.');
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
