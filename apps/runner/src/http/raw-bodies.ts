import type { FastifyInstance } from 'fastify';

/** 1 MiB, before anything is parsed. */
export const bodyLimit = 1_048_576;

/** Within this plugin every body arrives as the bytes that were sent. */
export function useRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body);
  });
}
