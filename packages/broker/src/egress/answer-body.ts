import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { UpstreamError } from '@onceover/contract';

/** Collects an answer's body, decoded, up to a cap on the decoded bytes. */
export interface AnswerBody {
  write(chunk: Buffer): void;
  /** The whole body as text. Rejects when it was cut, was not what its encoding says, or was too large. */
  end(): Promise<string>;
  /** Gives everything up. */
  abort(): void;
}

/**
 * @param onTooLarge told at once, so that the rest need not arrive
 * @throws {UpstreamError} `content_encoding` for an encoding that was not asked for
 */
export function createAnswerBody(options: {
  encoding: string | undefined;
  maxBytes: number;
  onTooLarge: (error: UpstreamError) => void;
}): AnswerBody {
  const { encoding, maxBytes, onTooLarge } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  let failure: UpstreamError | undefined;
  const refuse = () => {
    failure ??= new UpstreamError(`The vendor's answer is larger than ${maxBytes} bytes`, {
      code: 'response_too_large',
      retry: 'never',
    });
    chunks.length = 0;
    onTooLarge(failure);
  };
  const take = (chunk: Buffer) => {
    if (failure !== undefined) return;
    size += chunk.length;
    if (size > maxBytes) refuse();
    else chunks.push(chunk);
  };
  const text = () => Buffer.concat(chunks, size).toString('utf8');

  const decoder = decoderFor(encoding);
  if (decoder === undefined) {
    return {
      write: take,
      end: async () => {
        if (failure !== undefined) throw failure;
        return text();
      },
      abort: () => void (chunks.length = 0),
    };
  }
  let received = 0;
  const decoded = Promise.withResolvers<string>();
  decoded.promise.catch(() => {});
  decoder.on('data', (chunk: Buffer) => {
    take(chunk);
    if (failure !== undefined) decoder.destroy(failure);
  });
  decoder.on('end', () => decoded.resolve(text()));
  decoder.on('error', (cause: Error) =>
    decoded.reject(
      failure ??
        new UpstreamError("The vendor's answer cannot be decompressed", {
          code: 'content_encoding',
          retry: 'never',
          cause,
        }),
    ),
  );
  return {
    write: (chunk) => {
      received += chunk.length;
      // Before decoding too: what waits for the decoder lies in memory.
      if (received > maxBytes) refuse();
      else if (!decoder.destroyed) decoder.write(chunk);
    },
    end: () => {
      if (!decoder.destroyed) decoder.end();
      return decoded.promise;
    },
    abort: () => void decoder.destroy(),
  };
}

function decoderFor(encoding: string | undefined) {
  switch (encoding?.trim().toLowerCase() ?? 'identity') {
    case 'identity':
    case '':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new UpstreamError(`The vendor's answer has the encoding "${encoding?.slice(0, 40)}"`, {
        code: 'content_encoding',
        retry: 'never',
      });
  }
}
