import type { Broker } from '@onceover/broker';
import type { Runtime } from '@onceover/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  connectionSchema,
  connectorSchema,
  eventSchema,
  eventTypeSchema,
  flowSchema,
  laneSchema,
  quarantinedSchema,
} from '../list-schemas.ts';
import { pageOfMemory, pageQuery, plainQuery } from '../memory-page.ts';
import { answers } from '../open-api.ts';
import { Problem } from '../problem.ts';
import { pageOf, runSchema } from '../run-schema.ts';

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
const noQuery = z.strictObject({});

export interface ListRoutesOptions {
  runtime: Runtime;
  releases: Pick<Broker['releases'], 'list'>;
  rotations: Pick<Broker['rotations'], 'list'>;
  /** How connector code is held, shown with every connector. */
  isolation: z.output<typeof connectorSchema>['isolation'];
}

/** The lists and single items that operators and SDKs read. Newest first. */
export function listRoutes(options: ListRoutesOptions): FastifyPluginAsyncZod {
  const { runtime, releases, rotations, isolation } = options;
  return async (app) => {
    const list = <Query extends z.ZodType>(summary: string, querystring: Query, item: z.ZodType) => ({
      schema: { summary, querystring, response: answers({ 200: pageOf(item) }) },
    });
    app.get('/v1/runs', list('Runs', runsQuery, runSchema), async (request) => {
      const { expand, ...filter } = request.query;
      return runtime.listRuns({
        tenant: request.authority.tenant,
        expandSteps: expand === 'steps',
        ...filter,
      });
    });
    app.get(
      '/v1/runs/:id',
      {
        schema: {
          summary: 'One run, with its steps and effects',
          params: z.object({ id: z.string() }),
          querystring: noQuery,
          response: answers({ 200: runSchema }),
        },
      },
      async (request) => {
        const run = await runtime.getRun({ tenant: request.authority.tenant, id: request.params.id });
        if (run === undefined)
          throw new Problem(404, 'run_unknown', 'There is no run with this id in this tenant.');
        return run;
      },
    );
    app.get('/v1/events', list('Events', eventsQuery, eventSchema), async (request) =>
      runtime.listEvents({ tenant: request.authority.tenant, ...request.query }),
    );
    app.get('/v1/lanes', list('Lanes with work in them', plainQuery, laneSchema), async (request) =>
      runtime.listLanes({ tenant: request.authority.tenant, ...request.query }),
    );
    app.get(
      '/v1/quarantine',
      list('What failed its checks and is held', plainQuery, quarantinedSchema),
      async (request) => runtime.listQuarantine({ tenant: request.authority.tenant, ...request.query }),
    );
    app.get(
      '/v1/event-types',
      list('Event types, each with its schema and an example', plainQuery, eventTypeSchema),
      // An automation's own types are loaded once for each tenant.
      async (request) =>
        pageOfMemory(
          [...new Map(runtime.eventTypes().map((one) => [one.type, one])).values()],
          request.query,
        ),
    );
    app.get('/v1/flows', list('Flows', plainQuery, flowSchema), async (request) =>
      pageOfMemory(runtime.flows({ tenant: request.authority.tenant }), request.query),
    );
    app.get('/v1/connections', list('Connections', plainQuery, connectionSchema), async (request) => {
      const { tenant } = request.authority;
      const [connections, holders] = await Promise.all([
        runtime.listConnections({ tenant }),
        rotations.list(tenant),
      ]);
      const secretsOf = new Map(holders.map(({ id, secrets }) => [id, secrets]));
      const shown = connections.map((one) => ({
        ...one,
        secrets: (secretsOf.get(one.id) ?? []).map(({ secret, state }) => ({ secret, state })),
      }));
      return pageOfMemory(shown, request.query);
    });
    app.get('/v1/connectors', list('Connectors', plainQuery, connectorSchema), async (request) => {
      const held = new Set(
        (await releases.list()).flatMap(({ connector, version, state }) =>
          state === 'held' ? `${connector} ${version}` : [],
        ),
      );
      const connectors = runtime.listConnectors().map((connector) => ({
        ...connector,
        isolation,
        state: held.has(`${connector.id} ${connector.version}`) ? 'held' : 'released',
      }));
      return pageOfMemory(connectors, request.query);
    });
  };
}
