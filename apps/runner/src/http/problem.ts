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
    more: { errors?: ProblemBody['errors']; retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
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
