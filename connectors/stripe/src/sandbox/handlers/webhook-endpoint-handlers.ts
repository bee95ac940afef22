import type { SandboxContext } from '@onceover/connector-kit/sandbox';
import { http } from 'msw';
import type Stripe from 'stripe';
import { z } from 'zod';
import { listObject } from '../objects/list-objects.ts';
import { type StoredEndpoint, webhookEndpointObject } from '../objects/webhook-endpoint-object.ts';
import { checkVersion, readForm, readQuery } from '../read-request.ts';
import { answering, missing } from '../stripe-request-error.ts';
import type { StripeState } from '../stripe-state.ts';

const createForm = z.strictObject({
  url: z.url(),
  // `enabled_events[0]`, `[1]`, …
  enabled_events: z
    .record(z.string().regex(/^\d+$/), z.string())
    .transform((events) => Object.values(events)),
  api_version: z.string().optional(),
  description: z.string().max(5000).optional(),
});

const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(10),
  starting_after: z.string().optional(),
});

/** Endpoints are kept and listed; deliveries are sent by `/_sandbox/send`. @see https://docs.stripe.com/api/webhook_endpoints */
export function webhookEndpointHandlers(context: SandboxContext<StripeState>) {
  const { state, clock, ledger, webhookSecret } = context;
  return [
    http.post('*/v1/webhook_endpoints', ({ request }) =>
      answering(async () => {
        const form = await readForm(request, createForm);
        const endpoint: StoredEndpoint = {
          id: `we_sandbox${context.nextId()}`,
          created: Math.floor(clock.now().getTime() / 1000),
          url: form.url,
          events: form.enabled_events,
          apiVersion: form.api_version ?? null,
          description: form.description ?? null,
          isEnabled: true,
        };
        state.endpoints.push(endpoint);
        record('created', endpoint);
        return webhookEndpointObject(endpoint, webhookSecret);
      }),
    ),
    http.get('*/v1/webhook_endpoints', ({ request }) =>
      answering(() => {
        const { limit, starting_after: after } = readQuery(request, listQuery);
        // Newest first, as all of Stripe's lists.
        const all = state.endpoints.toReversed();
        const start = all.findIndex(({ id }) => id === after) + 1;
        const page = all.slice(start, start + limit).map((one) => webhookEndpointObject(one));
        return listObject('/v1/webhook_endpoints', page, start + limit < all.length);
      }),
    ),
    http.delete('*/v1/webhook_endpoints/:id', ({ request, params }) =>
      answering(() => {
        checkVersion(request);
        const id = String(params['id']);
        const found = state.endpoints.find((one) => one.id === id);
        if (found === undefined) throw missing('webhook endpoint', id);
        state.endpoints.splice(state.endpoints.indexOf(found), 1);
        record('deleted', found);
        return { id, object: 'webhook_endpoint', deleted: true } satisfies Stripe.DeletedWebhookEndpoint;
      }),
    ),
  ];

  function record(action: 'created' | 'deleted', endpoint: StoredEndpoint): void {
    ledger.record({
      resource: 'subscriptions',
      naturalKey: endpoint.url,
      vendorId: endpoint.id,
      action,
      values: webhookEndpointObject(endpoint),
    });
  }
}
