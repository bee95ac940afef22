import type { KeyringAdministration } from '../../keyring-administration.ts';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { answers } from '../open-api.ts';

export const keyringSchema = z.object({
  /** Where it is kept. */
  provider: z.string(),
  keys: z.array(
    z.object({
      id: z.string(),
      createdAt: z.iso.datetime(),
      /** Whether new secrets are wrapped with it. */
      isNewest: z.boolean(),
      /** What it wraps: take a key out of the keyring only when that is nothing. */
      secrets: z.int(),
      databaseKeys: z.int(),
    }),
  ),
});
export const rewrapSchema = z.object({ keyringKey: z.string(), rewrapped: z.int(), left: z.int() });

/** The keyring: which keys there are, one more, and wrapping everything with the newest. */
export function keyringRoutes(keyring: KeyringAdministration): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/keyring',
      {
        schema: {
          summary: 'The keys of the keyring, and what each wraps',
          response: answers({ 200: keyringSchema }),
        },
      },
      () => keyring.list(),
    );
    app.post(
      '/v1/keyring/keys',
      {
        schema: {
          summary: 'Adds a key to the keyring; new secrets are wrapped with it from now on',
          response: answers({ 201: z.object({ id: z.string() }) }),
        },
      },
      async (_request, reply) => reply.status(201).send({ id: await keyring.add() }),
    );
    app.post(
      '/v1/keyring/rewrap',
      {
        schema: {
          summary: 'Wraps the next secrets with the newest key; repeat until nothing is left',
          querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(5000).default(500) }),
          response: answers({ 200: rewrapSchema }),
        },
      },
      ({ query }) => keyring.rewrap(query),
    );
  };
}
