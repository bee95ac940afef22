import type { Runtime } from '@onceover/runtime';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { Problem } from '../problem.ts';

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).optional(),
};

const runsQuery = z.strictObject({
  ...pageQuery,
  flow: z.string().optional(),
  status: z.enum(['queued', 'running', 'waiting', 'succeeded', 'dead_lettered', 'discarded']).optional(),
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
const plainQuery = z.strictObject(pageQuery);

/** The lists and single items that operators and SDKs read. Newest first. */
export function listRoutes(runtime: Runtime) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/runs', async (request) => {
      const { expand, ...filter } = parseQuery(runsQuery, request.query);
      return runtime.listRuns({
        tenant: request.authority.tenant,
        expandSteps: expand === 'steps',
        ...filter,
      });
    });
    app.get<{ Params: { id: string } }>('/v1/runs/:id', async (request) => {
      const run = await runtime.getRun({ tenant: request.authority.tenant, id: request.params.id });
      if (run === undefined)
        throw new Problem(404, 'run_unknown', 'There is no run with this id in this tenant.');
      return run;
    });
    app.get('/v1/events', async (request) =>
      runtime.listEvents({ tenant: request.authority.tenant, ...parseQuery(eventsQuery, request.query) }),
    );
    app.get('/v1/event-types', async () => page(runtime.eventTypes()));
    app.get('/v1/flows', async (request) => page(runtime.flows({ tenant: request.authority.tenant })));
    app.get('/v1/lanes', async (request) =>
      runtime.listLanes({ tenant: request.authority.tenant, ...parseQuery(plainQuery, request.query) }),
    );
    app.get('/v1/quarantine', async (request) =>
      runtime.listQuarantine({ tenant: request.authority.tenant, ...parseQuery(plainQuery, request.query) }),
    );
    app.get('/v1/connections', async (request) =>
      page(runtime.listConnections({ tenant: request.authority.tenant })),
    );
    app.get('/v1/connectors', async () => page(runtime.listConnectors()));
  };
}

/** What comes from memory fits one page. */
function page<Item>(items: readonly Item[]): { items: readonly Item[]; next: null } {
  return { items, next: null };
}

function parseQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new Problem(400, 'query_invalid', 'The query is not valid. See errors.', {
    errors: parsed.error.issues.map((issue) => ({
      pointer: `/${issue.path.join('/')}`,
      detail: issue.message,
    })),
  });
}
