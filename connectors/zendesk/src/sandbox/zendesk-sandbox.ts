import { createHash } from 'node:crypto';
import { defineSandbox, jsonAnswer, type SandboxRequest } from '@onceover/connector-kit/sandbox';
import { readPointerText } from '@onceover/contract';
import { zendesk } from '../zendesk-connector.ts';
import { zendeskWebhook } from '../triggers/zendesk-webhook.ts';
import { seedTicket } from './seed-records.ts';
import { ticketRoutes } from './ticket-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { userRoutes } from './user-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';
import { sandboxOrigin } from './zendesk-json.ts';
import { zendeskFailure } from './zendesk-problems.ts';
import { createZendeskState, sandboxAccountId } from './zendesk-state.ts';

/** Zendesk's own ids have as many digits. */
const firstId = 8_447_000_000_000;

/** A fake Zendesk account: users, tickets, comments, rotating tokens, idempotency keys, signed webhooks. */
export const sandbox = defineSandbox({
  id: 'zendesk',
  origin: sandboxOrigin,
  accessToken: 'zendesk-sandbox-access-token',
  webhookSecret: 'zendesk-sandbox-signing-secret',
  tokens: {
    rotates: 'always',
    oldAccessDies: true,
    graceSeconds: 0,
    accessSeconds: 1800,
    scopes: Object.keys(zendesk.manifest.auth.scopes),
  },
  createState: createZendeskState,
  seed: seedTicket,
  handlers(context) {
    // Far above what seeds name: a new record never takes a seed's id.
    const own = { ...context, nextId: () => firstId + context.nextId() };
    return [...userRoutes(own), ...ticketRoutes(own), ...webhookRoutes(own), ...tokenRoutes(own)];
  },
  isPublic: ({ path }) => path === '/oauth/tokens' || path === '/oauth/authorizations/new',
  failure: zendeskFailure,
  idempotency: {
    // https://developer.zendesk.com/api-reference/ticketing/introduction/#idempotency
    header: 'Idempotency-Key',
    hours: 2,
    applies: isTicketCreation,
    first: ['x-idempotency-lookup', 'miss'],
    repeated: ['x-idempotency-lookup', 'hit'],
    mismatch: () =>
      jsonAnswer(400, {
        error: 'IdempotentRequestError',
        description: "Request parameters don't match the given idempotency key",
      }),
    // Zendesk does not document this case.
    inProgress: () =>
      jsonAnswer(409, { error: 'DatabaseConflict', description: 'A request with this key is in progress' }),
  },
  rateLimitHeaders: ({ limit, remaining, retryAfterSeconds }) => ({
    'x-rate-limit': String(limit),
    'x-rate-limit-remaining': String(remaining),
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(retryAfterSeconds),
  }),
  webhook: {
    scheme: zendeskWebhook.signature,
    body: (event) => event,
    // One event, one invocation: a repeated attempt carries the same id.
    headers: (event) => ({
      'x-zendesk-account-id': String(sandboxAccountId),
      'x-zendesk-webhook-id': '01GK8E6BKWMJZD2T8Y5AXJQMG5',
      'x-zendesk-webhook-invocation-id': invocationId(readPointerText(event, '/id') ?? ''),
    }),
  },
});

function isTicketCreation({ method, path }: SandboxRequest): boolean {
  return method === 'POST' && (path === '/api/v2/tickets' || path === '/api/v2/tickets.json');
}

/** Looks like Zendesk's: 26 characters of Crockford's base 32. */
function invocationId(eventId: string): string {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const bytes = createHash('sha256').update(eventId).digest().subarray(0, 26);
  return `01${[...bytes.subarray(2)].map((byte) => alphabet[byte % 32]).join('')}`;
}
