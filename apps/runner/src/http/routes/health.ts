import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answers, withoutKey } from '../open-api.ts';

export const readinessSchema = z.object({
  status: z.enum(['ready', 'not_ready']),
  environment: z.string(),
  mode: z.enum(['development', 'production']),
  isolation: z.enum(['strict', 'permission', 'inline']),
  schemaVersion: z.number().int().nullable(),
  auditRole: z.enum(['separate', 'shared']).nullable(),
});
export type Readiness = z.infer<typeof readinessSchema>;

/** Liveness, readiness and metrics. */
export function healthRoutes(
  readiness: () => Promise<Readiness>,
  metrics: () => Promise<{ contentType: string; body: string }>,
): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/healthz',
      {
        config: { needsNoKey: true },
        schema: {
          summary: 'The process is alive',
          security: withoutKey,
          response: { 200: z.object({ status: z.literal('ok') }) },
        },
      },
      async () => ({ status: 'ok' as const }),
    );
    app.get(
      '/readyz',
      {
        config: { needsNoKey: true },
        schema: {
          summary: 'The runner can do its work',
          security: withoutKey,
          response: { 200: readinessSchema, 503: readinessSchema },
        },
      },
      async (_request, reply) => {
        const state = await readiness();
        return reply.status(state.status === 'ready' ? 200 : 503).send(state);
      },
    );
    app.get(
      '/metrics',
      {
        schema: {
          summary: 'Prometheus metrics',
          response: answers({
            200: { description: 'Prometheus text', content: { 'text/plain': { schema: z.string() } } },
          }),
        },
      },
      async (_request, reply) => {
        const { contentType, body } = await metrics();
        return reply
          .type(contentType)
          .serializer((text: string) => text)
          .send(body);
      },
    );
  };
}
