import type { Runtime } from '@onceover/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problem.ts';
import { useRawBodies } from '../raw-bodies.ts';

/** `POST /v1/hooks/:id`: durable before it is answered. No key: the vendor's signature is the authority. */
export function hookRoutes(runtime: Runtime, publicUrl: () => string) {
  return async (app: FastifyInstance): Promise<void> => {
    useRawBodies(app);
    app.post<{ Params: { id: string } }>('/v1/hooks/:id', async (request, reply) => {
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const answer = await runtime.acceptDelivery({
        hookId: request.params.id,
        method: request.method,
        // Never the Host header: what the vendor signed is what we told it to call.
        url: publicUrl() + request.raw.url,
        headers: singleHeaders(request),
        rawBody,
      });
      switch (answer.kind) {
        case 'accepted':
          return reply.send({ delivery: answer.delivery });
        case 'challenge':
          return reply.status(answer.status).type(answer.contentType).send(answer.body);
        case 'refused':
          throw new Problem(
            answer.status,
            answer.code,
            answer.detail,
            answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds },
          );
      }
    });
  };
}

function singleHeaders(request: FastifyRequest): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
