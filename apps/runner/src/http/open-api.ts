import { z } from 'zod';

/** What the OpenAPI description says besides the routes. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Onceover',
    version: '1',
    description: 'Every business event takes effect once; the risky ones get a human once-over.',
  },
  servers: [{ url: '/' }],
  components: {
    securitySchemes: {
      apiKey: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'ONCEOVER_API_KEY. On loopback in development no key is needed.',
      },
    },
  },
  security: [{ apiKey: [] }],
};

/** `security` of a route that needs no key. */
export const withoutKey: readonly Record<string, readonly string[]>[] = [];

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .describe('RFC 9457 problem details');

const problems = {
  description: 'What went wrong, and what to do',
  content: { 'application/problem+json': { schema: problemSchema } },
};

/** A route's answers, and the problems that every route may answer with. */
export function answers<Success extends Readonly<Record<number, unknown>>>(success: Success) {
  return { ...success, '4xx': problems, '5xx': problems };
}
