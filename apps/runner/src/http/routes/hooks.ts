import type { Runtime } from '@onceover/runtime';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answers, withoutKey } from '../open-api.ts';
import { Problem } from '../problem.ts';
import { rawBody, useRawBodies } from '../raw-bodies.ts';

/** `POST /v1/hooks/:id`: durable before it is answered. No key: the vendor's signature is the authority. */
export function hookRoutes(runtime: Runtime, publicUrl: () => string): FastifyPluginAsyncZod {
  return async (app) => {
    useRawBodies(app);
    app.post(
      '/v1/hooks/:id',
      {
        config: { needsNoKey: true },
        schema: {
          summary: 'A vendor’s webhook, for a connection or a registration',
          params: z.object({ id: z.string() }),
          security: withoutKey,
          response: answers({
            200: z
              .union([z.object({ delivery: z.string() }), z.unknown()])
              .describe('Stored, or was before; to a vendor’s challenge, what its manifest says'),
          }),
        },
      },
      async (request, reply) => {
        const answer = await runtime.acceptDelivery({
          hookId: request.params.id,
          method: request.method,
          // Never the Host header: what the vendor signed is what we told it to call.
          url: publicUrl() + request.raw.url,
          headers: singleHeaders(request),
          rawBody: rawBody(request),
        });
        switch (answer.kind) {
          case 'accepted':
            return reply.serializer(JSON.stringify).send({ delivery: answer.delivery });
          case 'challenge':
            return reply
              .status(answer.status)
              .type(answer.contentType)
              .serializer((body: string) => body)
              .send(answer.body);
          case 'refused':
            throw new Problem(answer.status, answer.code, answer.detail, {
              retryAfterSeconds: answer.retryAfterSeconds,
            });
        }
      },
    );
  };
}

function singleHeaders(request: FastifyRequest): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
