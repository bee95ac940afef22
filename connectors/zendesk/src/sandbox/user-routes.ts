import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { RequestHandler } from 'msw';
import { z } from 'zod';
import { refuseWithout } from './require-scopes.ts';
import { sandboxOrigin, userJson } from './zendesk-json.ts';
import { zendeskRoute } from './zendesk-route.ts';
import { recordInvalid } from './zendesk-problems.ts';
import {
  findUserByEmail,
  putUser,
  secondsText,
  type StoredUser,
  type ZendeskState,
} from './zendesk-state.ts';

const bodySchema = z.object({
  user: z.object({
    email: z.string().optional(),
    name: z.string().optional(),
    phone: z.string().nullish(),
    user_fields: z.record(z.string(), z.json()).optional(),
  }),
});

export function userRoutes(context: SandboxContext<ZendeskState>): readonly RequestHandler[] {
  const { state, ledger, clock, tokens, nextId } = context;
  return [
    // https://developer.zendesk.com/api-reference/ticketing/users/users/#create-or-update-user
    ...zendeskRoute('post', '/api/v2/users/create_or_update', async ({ request }) => {
      const refused = refuseWithout(['users:write'], request, tokens);
      if (refused !== undefined) return refused;
      const { user } = bodySchema.parse(await request.json());
      const email = user.email?.trim().toLowerCase();
      if (email === undefined || !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) {
        return recordInvalid({ email: `Email: ${user.email ?? ''} is not properly formatted` });
      }
      const known = findUserByEmail(state, email);
      if (known === undefined && !user.name) {
        return recordInvalid({ name: 'Name: is too short (minimum is 1 characters)' });
      }
      const now = secondsText(clock.now());
      const before = known === undefined ? undefined : JSON.stringify({ ...known, updated_at: '' });
      const next: StoredUser = {
        ...(known ?? newUser(nextId(), now)),
        email,
        ...(user.name === undefined ? {} : { name: user.name }),
        ...(user.phone === undefined ? {} : { phone: user.phone }),
        user_fields: { ...known?.user_fields, ...user.user_fields },
      };
      const isChanged = before !== JSON.stringify({ ...next, updated_at: '' });
      if (isChanged) next.updated_at = now;
      putUser(state, next);
      ledger.record({
        resource: 'users',
        naturalKey: email,
        vendorId: String(next.id),
        action: known === undefined ? 'created' : isChanged ? 'updated' : 'unchanged',
        values: userJson(next),
      });
      return Response.json(
        { user: userJson(next) },
        {
          status: known === undefined ? 201 : 200,
          headers: { location: `${sandboxOrigin}/api/v2/users/${next.id}.json` },
        },
      );
    }),
  ];
}

export function newUser(id: number, now: string): StoredUser {
  return {
    id,
    name: '',
    email: null,
    phone: null,
    user_fields: {},
    role: 'end-user',
    created_at: now,
    updated_at: now,
  };
}
