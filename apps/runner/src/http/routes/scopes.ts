import type { Broker } from '@onceover/broker';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answers } from '../open-api.ts';

const timeSchema = z.iso.datetime().nullable();

/** Declared, granted and used: what `onceover connectors scopes` prints. */
export const scopeTableSchema = z.object({
  connector: z.string(),
  version: z.string(),
  scopes: z.array(
    z.object({
      scope: z.string(),
      reason: z.string().nullable(),
      operations: z.array(z.string()),
      grantedTo: z.array(z.string()),
      missingAt: z.array(z.string()),
      unknownAt: z.array(z.string()),
      used: z.int(),
      lastUsedAt: timeSchema,
      unusedDays: z.int().nullable(),
      verdict: z.enum(['used', 'unused', 'never used', 'undeclared', 'missing']),
    }),
  ),
  calls: z.array(
    z.object({ operation: z.string(), call: z.string(), used: z.int(), lastUsedAt: timeSchema }),
  ),
  refused: z.array(
    z.object({
      connection: z.string(),
      operation: z.string(),
      call: z.string(),
      refusal: z.string(),
      count: z.int(),
      lastAt: z.iso.datetime(),
    }),
  ),
  suggestion: z.object({
    operations: z.array(z.string()),
    scopes: z.array(z.string()),
    calls: z.array(z.object({ operation: z.string(), call: z.string() })),
  }),
});

const query = z.strictObject({ unusedDays: z.coerce.number().int().min(1).max(3650).default(90) });

/** What a reviewer looks at, of one connector at the tenant's connections. */
export function scopeRoutes(broker: Pick<Broker, 'scopeTable'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/connectors/:id/scopes',
      {
        schema: {
          summary: 'A connector’s scopes and calls: declared, granted, used, refused',
          params: z.object({ id: z.string() }),
          querystring: query,
          response: answers({ 200: scopeTableSchema }),
        },
      },
      async ({ params, query: { unusedDays }, authority }) => {
        const { tenant } = authority;
        const table = await broker.scopeTable({ connector: params.id, tenant, unusedDays });
        // Times as text, as everywhere.
        return scopeTableSchema.parse(JSON.parse(JSON.stringify(table)));
      },
    );
  };
}
