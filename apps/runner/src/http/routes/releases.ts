import type { Broker } from '@onceover/broker';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { pageOfMemory, plainQuery } from '../memory-page.ts';
import { answers } from '../open-api.ts';
import { pageOf } from '../run-schema.ts';

export const releaseSchema = z.object({
  connector: z.string(),
  version: z.string(),
  state: z.enum(['held', 'released']).describe('A held version may do more than the one in use'),
  reason: z.string(),
  decidedBy: z.string(),
  decidedAt: z.iso.datetime(),
});

/** Which versions of connectors may be used, and letting a held one be used. */
export function releaseRoutes({ releases }: Pick<Broker, 'releases'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/connectors/:id/versions',
      {
        schema: {
          summary: 'The versions of a connector that runners have loaded, the latest decision first',
          params: z.object({ id: z.string() }),
          querystring: plainQuery,
          response: answers({ 200: pageOf(releaseSchema) }),
        },
      },
      async ({ params, query }) => {
        const all = await releases.list();
        const own = all.filter(({ connector }) => connector === params.id).toReversed();
        return pageOfMemory(own.map(shown), query);
      },
    );
    app.post(
      '/v1/connectors/:id/versions/:version/release',
      {
        schema: {
          summary: 'Lets a held version be used; the reason is kept in the audit log',
          params: z.object({ id: z.string(), version: z.string() }),
          body: z.strictObject({ reason: z.string().trim().min(1).max(1000) }),
          response: answers({ 200: releaseSchema }),
        },
      },
      async ({ params, body }) => {
        const { id: connector, version } = params;
        return shown(
          await releases.release({ connector, version, reason: body.reason, by: 'administrator' }),
        );
      },
    );
  };
}

function shown<Release extends { decidedAt: Date }>(
  release: Release,
): Omit<Release, 'decidedAt'> & { decidedAt: string } {
  return { ...release, decidedAt: release.decidedAt.toISOString() };
}
