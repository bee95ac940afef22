import { OnceoverError } from '@onceover/contract';
import { isConnectionLost, sqlStateOf, StoreError } from '@onceover/store';
import { Problem } from './problem.ts';

/** Any error as a problem; what is not meant for callers becomes a 500 without detail. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return busyProblem(error) ?? typedProblem(error) ?? requestProblem(error) ?? internalProblem(error);
}

/** What passes by itself: the caller sends the same again. */
function busyProblem(error: unknown): Problem | undefined {
  const more = { retryAfterSeconds: 1, cause: error };
  // By name: two copies of a package may be loaded.
  if (error instanceof Error && error.name === 'QueueFullError') {
    return new Problem(503, 'busy', 'More waits than can be stored now. Send it again.', more);
  }
  if (isDatabaseTrouble(error)) {
    return new Problem(
      503,
      'database',
      'The database cannot take it now; nothing was acknowledged. Send it again.',
      more,
    );
  }
  return undefined;
}

/** Gone, out of connections, disk or memory, or too slow: no fault of the request. */
function isDatabaseTrouble(error: unknown): boolean {
  if (isConnectionLost(error)) return true;
  if (StoreError.isInstance(error)) {
    return error.code === 'database_unreachable' || error.code === 'commit_outcome_unknown';
  }
  const state = sqlStateOf(error);
  return state !== undefined && (state.startsWith('53') || state === '57014');
}

function typedProblem(error: unknown): Problem | undefined {
  if (!OnceoverError.isInstance(error)) return undefined;
  if (error.name === 'ValidationError') {
    const path = 'path' in error && typeof error.path === 'string' ? error.path : '';
    // A cursor is a parameter of the request, as what its schema refuses is.
    return new Problem(error.code === 'cursor_invalid' ? 400 : 422, error.code, error.message, {
      errors: [{ pointer: path, detail: error.message }],
    });
  }
  if (error.name === 'NotFoundError') return new Problem(404, error.code, error.message);
  if (error.name === 'ConflictError') return new Problem(409, error.code, error.message);
  return undefined;
}

interface SchemaIssue {
  instancePath?: string;
  message?: string;
}

/** What Fastify itself refuses. */
function requestProblem(error: unknown): Problem | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('validation' in error && Array.isArray(error.validation)) {
    // Fastify puts the validator's issues on the error; their shape is the type provider's.
    const issues = error.validation as readonly SchemaIssue[];
    return new Problem(400, 'request_invalid', 'The request is not valid. See errors.', {
      errors: issues.map(({ instancePath, message }) => ({
        pointer: instancePath ?? '',
        detail: message ?? 'is not valid',
      })),
    });
  }
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413)
    return new Problem(413, 'too_large', 'The body is larger than 1 MiB. Send less at once.');
  if (status === 415)
    return new Problem(415, 'unsupported_media_type', 'This content type is not accepted here.');
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const detail = error instanceof Error ? error.message : 'The request is not valid.';
    return new Problem(status, 'bad_request', detail);
  }
  return undefined;
}

function internalProblem(cause: unknown): Problem {
  return new Problem(500, 'internal', 'Something failed on our side. The log of the runner says more.', {
    cause,
  });
}
