import type { Broker, HolderName } from '@onceover/broker';
import { ValidationError } from '@onceover/contract';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { pageOfMemory, plainQuery } from '../memory-page.ts';
import { answers } from '../open-api.ts';
import {
  addSecretBodySchema,
  reconciledSchema,
  registrationSchema,
  rotateBodySchema,
  rotatedGrantSchema,
  rotationSchema,
  secretSchema,
  shownRotation,
  shownSecret,
} from '../rotation-schemas.ts';
import { pageOf } from '../run-schema.ts';
import { vendorTrouble } from '../vendor-trouble.ts';

const params = z.object({ id: z.string() });

function contradiction(): ValidationError {
  return new ValidationError('A rotation is cancelled, or it goes on: leave out one of the two.', {
    code: 'cancel_or_rotate',
    path: '/cancel',
  });
}

/** What is said of a secret must not be taken for a refresh token's. */
function unnamed(connection: string): ValidationError {
  return new ValidationError(
    `Which secret of "${connection}"? Name it with --secret. A refresh token that others know is ended by: onceover connections revoke ${connection}`,
    { code: 'secret_unnamed', path: '/secret' },
  );
}

/** Registrations with their secrets, and the rotation of secrets and grants. No answer holds a secret. */
export function rotationRoutes({ rotations }: Pick<Broker, 'rotations'>): FastifyPluginAsyncZod {
  const rotate = async (
    holder: HolderName,
    { secret, compromised, value, cancel }: z.output<typeof rotateBodySchema>,
    by: string,
  ) => {
    if (cancel !== undefined) {
      if (value !== undefined || compromised !== undefined) throw contradiction();
      return shownRotation(await vendorTrouble(rotations.cancel({ holder, secret, by })));
    }
    const asked = { holder, secret, isCompromised: compromised, value, by };
    return shownRotation(await vendorTrouble(rotations.rotate(asked)));
  };
  return async (app) => {
    app.get(
      '/v1/registrations',
      {
        schema: {
          summary: 'Our clients at vendors, with how their secrets stand',
          querystring: plainQuery,
          response: answers({ 200: pageOf(registrationSchema) }),
        },
      },
      async ({ query, authority: { tenant } }) => {
        const all = await rotations.list(tenant);
        const own = all.filter(({ kind }) => kind === 'registration');
        return pageOfMemory(
          own.map(({ kind: _kind, tenant: _tenant, secrets, ...one }) => ({
            ...one,
            secrets: secrets.map(shownSecret),
          })),
          query,
        );
      },
    );
    app.post(
      '/v1/registrations/:id/secrets',
      {
        schema: {
          summary: 'Stores the first version of a secret',
          params,
          body: addSecretBodySchema,
          response: answers({ 200: secretSchema }),
        },
      },
      async ({ params: { id }, body, authority: { tenant, subject: by } }) => {
        const holder: HolderName = { kind: 'registration', tenant, id };
        return shownSecret(await rotations.add({ holder, ...body, by }));
      },
    );
    app.post(
      '/v1/registrations/:id/rotate',
      {
        schema: {
          summary: 'Begins the rotation of a secret, or goes on with the one under way',
          params,
          body: rotateBodySchema,
          response: answers({ 200: rotationSchema }),
        },
      },
      async ({ params: { id }, body, authority: { tenant, subject: by } }) =>
        rotate({ kind: 'registration', tenant, id }, body, by),
    );
    app.post(
      '/v1/connections/:id/rotate',
      {
        schema: {
          summary: 'Rotates a secret of the connection; without one, its refresh token',
          params,
          body: rotateBodySchema,
          response: answers({ 200: z.union([rotationSchema, rotatedGrantSchema]) }),
        },
      },
      async ({ params: { id }, body, authority: { tenant, subject: by } }) => {
        const { secret, value, compromised, cancel } = body;
        if (secret !== undefined) return rotate({ kind: 'connection', tenant, id }, body, by);
        if (value !== undefined || compromised === true || cancel !== undefined) throw unnamed(id);
        const rotated = await vendorTrouble(rotations.rotateGrant({ tenant, connection: id, by }));
        return { connection: id, ...rotated };
      },
    );
    app.post(
      '/v1/connections/:id/reconcile',
      {
        schema: {
          summary: 'Finds secrets that a rotation made at the vendor and nobody uses, and revokes them',
          params,
          response: answers({ 200: reconciledSchema }),
        },
      },
      async ({ params: { id }, authority: { tenant, subject: by } }) => {
        const holder: HolderName = { kind: 'connection', tenant, id };
        const found = await vendorTrouble(rotations.reconcile({ holder, by }));
        return { items: found.map((one) => ({ ...one, revoked: [...one.revoked], left: [...one.left] })) };
      },
    );
  };
}
