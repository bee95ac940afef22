import type { Runtime } from '@onceover/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readEnvelopes } from '../cloud-events.ts';
import { answers } from '../open-api.ts';
import { Problem } from '../problem.ts';
import { rawBody, useRawBodies } from '../raw-bodies.ts';

const acceptedSchema = z.object({
  events: z.array(z.object({ id: z.string(), source: z.string(), duplicate: z.boolean() })),
});

/** `POST /v1/events`: CloudEvents 1.0, structured, batch or binary. A batch is all or nothing. */
export function eventRoutes(runtime: Runtime): FastifyPluginAsyncZod {
  return async (app) => {
    useRawBodies(app);
    app.post(
      '/v1/events',
      {
        schema: {
          summary:
            'CloudEvents 1.0: structured, a batch (all or nothing), or binary (application/json with ce-* headers)',
          response: answers({ 202: acceptedSchema }),
        },
      },
      async (request, reply) => {
        const envelopes = readEnvelopes(request.headers, rawBody(request));
        const answer = await runtime.acceptEvents({ tenant: request.authority.tenant, envelopes });
        if ('errors' in answer) {
          throw new Problem(
            422,
            'event_invalid',
            'The events are not valid; nothing was stored. See errors.',
            {
              errors: answer.errors,
            },
          );
        }
        return reply.status(202).send({ events: [...answer.events] });
      },
    );
  };
}
