import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import type { JsonValue } from '@onceover/contract';
import type { RequestHandler } from 'msw';
import { z } from 'zod';
import { refuseWithout } from './require-scopes.ts';
import { notFound, recordInvalid } from './zendesk-problems.ts';
import { sandboxOrigin } from './zendesk-json.ts';
import { zendeskRoute } from './zendesk-route.ts';
import { secondsText, type StoredWebhook, type ZendeskState } from './zendesk-state.ts';

const bodySchema = z.object({
  webhook: z.object({
    name: z.string().min(1),
    endpoint: z.string(),
    http_method: z.literal('POST'),
    request_format: z.literal('json'),
    status: z.enum(['active', 'inactive']),
    subscriptions: z.array(z.string()).optional(),
  }),
});

/**
 * Webhooks are kept and listed; deliveries are sent by `/_sandbox/send`.
 * https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/
 */
export function webhookRoutes(context: SandboxContext<ZendeskState>): readonly RequestHandler[] {
  const { state, ledger, clock, tokens, nextId } = context;
  const record = (action: 'created' | 'deleted', webhook: StoredWebhook) =>
    ledger.record({
      resource: 'subscriptions',
      naturalKey: webhook.endpoint,
      vendorId: webhook.id,
      action,
      values: webhookJson(webhook),
    });
  return [
    ...zendeskRoute('get', '/api/v2/webhooks/:id/signing_secret', ({ request, params }) => {
      const refused = refuseWithout(['webhooks:read'], request, tokens);
      if (refused !== undefined) return refused;
      if (!state.webhooks.some(({ id }) => id === params['id'])) return notFound();
      return Response.json({ signing_secret: { algorithm: 'SHA256', secret: context.webhookSecret } });
    }),
    // One secret for all webhooks of this account: it signs what `/_sandbox/send` sends.
    ...zendeskRoute('post', '/api/v2/webhooks/:id/signing_secret', ({ request, params }) => {
      const refused = refuseWithout(['webhooks:write'], request, tokens);
      if (refused !== undefined) return refused;
      if (!state.webhooks.some(({ id }) => id === params['id'])) return notFound();
      const secret = context.resetWebhookSecret();
      return Response.json({ signing_secret: { algorithm: 'SHA256', secret } }, { status: 201 });
    }),
    ...zendeskRoute('get', '/api/v2/webhooks', ({ request }) => {
      const refused = refuseWithout(['webhooks:read'], request, tokens);
      if (refused !== undefined) return refused;
      const { searchParams } = new URL(request.url);
      const size = Math.min(Number(searchParams.get('page[size]') ?? 100), 100);
      const after = searchParams.get('page[after]');
      const start = after === null ? 0 : state.webhooks.findIndex(({ id }) => id === after) + 1;
      const page = state.webhooks.slice(start, start + size);
      const hasMore = state.webhooks.length > start + size;
      return Response.json({
        webhooks: page.map(webhookJson),
        meta: {
          has_more: hasMore,
          after_cursor: page.at(-1)?.id ?? null,
          before_cursor: page[0]?.id ?? null,
        },
        links: {
          next: hasMore ? `${sandboxOrigin}/api/v2/webhooks?page%5Bafter%5D=${page.at(-1)?.id ?? ''}` : null,
          prev: null,
        },
      });
    }),
    ...zendeskRoute('post', '/api/v2/webhooks', async ({ request }) => {
      const refused = refuseWithout(['webhooks:write'], request, tokens);
      if (refused !== undefined) return refused;
      const { webhook } = bodySchema.parse(await request.json());
      if (!URL.canParse(webhook.endpoint)) return recordInvalid({ endpoint: 'Endpoint: is not a URL' });
      const now = secondsText(clock.now());
      const made: StoredWebhook = {
        ...webhook,
        subscriptions: webhook.subscriptions ?? [],
        id: `01SANDBOX${String(nextId()).padStart(17, '0')}`,
        created_at: now,
        updated_at: now,
      };
      state.webhooks.push(made);
      record('created', made);
      return Response.json({ webhook: webhookJson(made) }, { status: 201 });
    }),
    ...zendeskRoute('delete', '/api/v2/webhooks/:id', ({ request, params }) => {
      const refused = refuseWithout(['webhooks:write'], request, tokens);
      if (refused !== undefined) return refused;
      const found = state.webhooks.find(({ id }) => id === params['id']);
      if (found === undefined) return notFound();
      state.webhooks.splice(state.webhooks.indexOf(found), 1);
      record('deleted', found);
      return new Response(null, { status: 204 });
    }),
  ];

  function webhookJson(webhook: StoredWebhook): { readonly [name: string]: JsonValue } {
    const by = String(state.agentId);
    return { ...webhook, created_by: by, updated_by: by, external_source: null };
  }
}
