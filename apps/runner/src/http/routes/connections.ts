import type { Broker } from '@onceover/broker';
import type { Runtime } from '@onceover/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { checkConnection, requireConnection, unknownConnection } from '../check-connection.ts';
import { checkSchema } from '../connection-checks.ts';
import { connectionSchema } from '../list-schemas.ts';
import { answers } from '../open-api.ts';
import { vendorTrouble } from '../vendor-trouble.ts';

export interface ConnectionRoutesOptions {
  runtime: Runtime;
  broker: Pick<Broker, 'oauth' | 'connections' | 'subscriptions'>;
  publicUrl: () => string;
}

const params = z.object({ id: z.string() });
const ticketSchema = z.object({
  url: z.string().describe('For the person’s browser; works once'),
  expiresAt: z.string(),
  authorization: z.string().describe('To ask how it went'),
  redirectUri: z.string().describe('What must be entered at the vendor, letter by letter'),
});
export const authorizationSchema = z.object({
  id: z.string(),
  connection: z.string(),
  status: z.enum(['waiting', 'started', 'authorized', 'failed', 'expired']),
  failure: z.string().nullable(),
  checks: z.array(checkSchema).describe('Once it is authorised'),
});
const connectedSchema = z.object({ connection: z.string(), checks: z.array(checkSchema) });
export const revokedSchema = z.object({
  connection: z.string(),
  proven: z.boolean().describe('A use of what was revoked has failed'),
  detail: z.string(),
  subscription: z
    .object({ removed: z.number().int(), problem: z.string().nullable() })
    .describe('The webhook subscription of the connection’s own, and why it may be there still'),
});
const reasonSchema = z.strictObject({ reason: z.string().min(1).max(1000) });

/** Authorising a connection at its vendor, ending that, and who answers for it. */
export function connectionRoutes(options: ConnectionRoutesOptions): FastifyPluginAsyncZod {
  const { runtime, broker, publicUrl } = options;
  const { oauth, connections, subscriptions } = broker;
  const find = (tenant: string, id: string) => requireConnection({ runtime }, tenant, id);
  const checkPorts = { runtime, subscriptions, publicUrl };

  return async (app) => {
    app.get(
      '/v1/connections/:id/authorize',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'A link, good once and for ten minutes, to the vendor’s consent page',
          params,
          response: answers({ 200: ticketSchema }),
        },
      },
      async ({ params: { id }, authority }) => {
        const { tenant, subject: by } = authority;
        const registration = (await find(tenant, id)).registration ?? '';
        const begun = await oauth.begin({ tenant, connection: id, by });
        return {
          url: `${publicUrl()}/v1/oauth/start/${begun.ticket}`,
          expiresAt: begun.expiresAt.toISOString(),
          authorization: begun.id,
          redirectUri: oauth.redirectUri(publicUrl(), registration),
        };
      },
    );
    app.post(
      '/v1/connections/:id/authorize',
      {
        schema: {
          summary: 'Authorises without a person, where the vendor has client credentials',
          params,
          body: z.strictObject({ grant: z.literal('client_credentials') }),
          response: answers({ 200: connectedSchema }),
        },
      },
      async ({ params: { id }, authority }) => {
        const { tenant, subject: by } = authority;
        await vendorTrouble(oauth.authorizeClient({ tenant, connection: id, by }));
        return { connection: id, checks: await checkConnection({ tenant, id, by }, checkPorts) };
      },
    );
    app.get(
      '/v1/connections/:id/authorizations/:authorization',
      {
        schema: {
          summary: 'How an authorisation stands',
          params: z.object({ id: z.string(), authorization: z.string() }),
          response: answers({ 200: authorizationSchema }),
        },
      },
      async ({ params: { id, authorization }, authority: { tenant } }) => {
        const { status, failure } = await oauth.describe({ tenant, connection: id, id: authorization });
        const isAuthorized = status === 'authorized';
        const checks = isAuthorized ? await checkConnection({ tenant, id, by: undefined }, checkPorts) : [];
        return { id: authorization, connection: id, status, failure, checks };
      },
    );
    app.post(
      '/v1/connections/:id/revoke',
      {
        schema: {
          summary: 'Disconnects: no call uses it any more, and its tokens are ended at the vendor',
          params,
          body: reasonSchema,
          response: answers({ 200: revokedSchema }),
        },
      },
      async ({ params: { id }, body: { reason }, authority }) => {
        const { tenant, subject: by } = authority;
        const { isProven, detail, subscription } = await vendorTrouble(
          oauth.revoke({ tenant, connection: id, by, reason }),
        );
        const { removed, problem } = subscription;
        return {
          connection: id,
          proven: isProven,
          detail,
          subscription: { removed, problem: problem === null ? null : problem.message },
        };
      },
    );
    app.post(
      '/v1/connections/:id/reassign',
      {
        schema: {
          summary: 'Gives a connection another owner',
          params,
          body: z.strictObject({ owner: z.string().min(1).max(200) }),
          response: answers({ 200: connectionSchema }),
        },
      },
      async ({ params: { id }, body: { owner }, authority: { tenant, subject: by } }) => {
        if (!(await connections.reassign({ tenant, id, owner, by }))) throw unknownConnection(id);
        return connectionSchema.parse(await find(tenant, id));
      },
    );
  };
}
