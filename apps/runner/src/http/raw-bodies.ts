import type { FastifyInstance, FastifyRequest } from 'fastify';

/** 1 MiB, before anything is parsed. */
export const bodyLimit = 1_048_576;

/** Within this plugin every body arrives as the bytes that were sent. */
export function useRawBodies(
  app: Pick<FastifyInstance, 'removeAllContentTypeParsers' | 'addContentTypeParser'>,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body);
  });
}

/** The bytes of the body; none when there is no body. */
export function rawBody(request: Pick<FastifyRequest, 'body'>): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
