import { OnceoverError, ScopeError, UpstreamError } from '@onceover/contract';

/** An address that no call may reach: private, loopback, link-local and the like. */
export function addressRefused(host: string): ScopeError {
  return new ScopeError(
    `${host} leads to an address that calls may not reach: only public ones are allowed`,
    {
      code: 'address_refused',
    },
  );
}

/** What went wrong on the way, as an error for the connector and the run. */
export function transportError(error: unknown, host: string): OnceoverError {
  if (OnceoverError.isInstance(error)) return error;
  const [code, words] = reasonOf(error);
  return new UpstreamError(`The call to ${host} failed: ${words}`, { code, cause: error });
}

function reasonOf(error: unknown): readonly [code: string, words: string] {
  const { name, code } = error instanceof Error ? (error as Error & { code?: unknown }) : {};
  if (name === 'TimeoutError') return ['timeout', 'its time was over'];
  if (name === 'AbortError') return ['aborted', 'it was given up'];
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return ['connect_timeout', 'no connection in time'];
    case 'UND_ERR_HEADERS_TIMEOUT':
      return ['headers_timeout', 'no answer in time'];
    case 'UND_ERR_BODY_TIMEOUT':
      return ['body_timeout', 'the answer stopped half-way'];
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'ECONNRESET':
    case 'EPIPE':
      return ['connection_lost', 'the connection broke'];
    default:
      return typeof code === 'string' ? ['connect_failed', code] : ['transport', 'it could not be made'];
  }
}
