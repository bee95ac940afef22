import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { checkConnection, type CheckPorts } from '../check-connection.ts';
import { checkSchema } from '../connection-checks.ts';
import { answers } from '../open-api.ts';

const params = z.object({ id: z.string() });
export const checkedSchema = z.object({ connection: z.string(), checks: z.array(checkSchema) });

/** What a connection needs and whether it is there: looked at, or brought about. */
export function subscriptionRoutes(ports: CheckPorts): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/connections/:id/checks',
      {
        schema: {
          summary: 'Looks whether a connection is authorised, subscribed exactly once, and delivered to',
          params,
          response: answers({ 200: checkedSchema }),
        },
      },
      async ({ params: { id }, authority: { tenant } }) => ({
        connection: id,
        checks: await checkConnection({ tenant, id, by: undefined }, ports),
      }),
    );
    app.post(
      '/v1/connections/:id/subscribe',
      {
        schema: {
          summary:
            'Sees to it that the vendor’s webhook is subscribed to exactly once, and looks at all of it',
          params,
          response: answers({ 200: checkedSchema }),
        },
      },
      async ({ params: { id }, authority: { tenant, subject: by } }) => ({
        connection: id,
        checks: await checkConnection({ tenant, id, by }, ports),
      }),
    );
  };
}
