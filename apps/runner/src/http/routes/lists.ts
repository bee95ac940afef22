import type { Runtime } from '@onceover/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { pageOf, runSchema } from '../run-schema.ts';

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).optional(),
};
const plainQuery = z.strictObject(pageQuery);
const runsQuery = z.strictObject({
  ...pageQuery,
  flow: z.string().optional(),
  status: runSchema.shape.status.optional(),
  key: z.string().optional(),
  event: z.string().optional(),
  source: z.string().optional(),
  expand: z.enum(['steps']).optional(),
});
const eventsQuery = z.strictObject({
  ...pageQuery,
  type: z.string().optional(),
  source: z.string().optional(),
  id: z.string().optional(),
});
const anyPage = pageOf(z.looseObject({}));

/** The lists and single items that operators and SDKs read. Newest first. */
export function listRoutes(runtime: Runtime): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/runs',
      { schema: { summary: 'Runs', querystring: runsQuery, response: { 200: pageOf(runSchema) } } },
      async (request) => {
        const { expand, ...filter } = request.query;
        return runtime.listRuns({
          tenant: request.authority.tenant,
          expandSteps: expand === 'steps',
          ...filter,
        });
      },
    );
    app.get(
      '/v1/runs/:id',
      { schema: { summary: 'One run', params: z.object({ id: z.string() }), response: { 200: runSchema } } },
      async (request) => {
        const run = await runtime.getRun({ tenant: request.authority.tenant, id: request.params.id });
        if (run === undefined)
          throw new Problem(404, 'run_unknown', 'There is no run with this id in this tenant.');
        return run;
      },
    );
    app.get(
      '/v1/events',
      { schema: { summary: 'Events', querystring: eventsQuery, response: { 200: anyPage } } },
      async (request) => runtime.listEvents({ tenant: request.authority.tenant, ...request.query }),
    );
    app.get(
      '/v1/event-types',
      { schema: { summary: 'Event types, each with schema and example', response: { 200: anyPage } } },
      async () => page(runtime.eventTypes()),
    );
    app.get('/v1/flows', { schema: { summary: 'Flows', response: { 200: anyPage } } }, async (request) =>
      page(runtime.flows({ tenant: request.authority.tenant })),
    );
    app.get(
      '/v1/lanes',
      { schema: { summary: 'Lanes with waiting runs', querystring: plainQuery, response: { 200: anyPage } } },
      async (request) => runtime.listLanes({ tenant: request.authority.tenant, ...request.query }),
    );
    app.get(
      '/v1/quarantine',
      { schema: { summary: 'Quarantined items', querystring: plainQuery, response: { 200: anyPage } } },
      async (request) => runtime.listQuarantine({ tenant: request.authority.tenant, ...request.query }),
    );
    app.get(
      '/v1/connections',
      { schema: { summary: 'Connections', response: { 200: anyPage } } },
      async (request) => page(await runtime.listConnections({ tenant: request.authority.tenant })),
    );
    app.get(
      '/v1/connectors',
      { schema: { summary: 'Connectors and their manifests’ facts', response: { 200: anyPage } } },
      async () => page(runtime.listConnectors()),
    );
  };
}

/** What comes from memory fits one page. */
function page(items: readonly object[]): { items: Record<string, unknown>[]; next: null } {
  return { items: items.map((item) => ({ ...item })), next: null };
}
