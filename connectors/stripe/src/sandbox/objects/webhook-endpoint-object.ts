import type Stripe from 'stripe';

/** What the sandbox keeps of a webhook endpoint. */
export interface StoredEndpoint {
  id: string;
  /** Seconds since 1970. */
  created: number;
  url: string;
  events: readonly string[];
  apiVersion: string | null;
  description: string | null;
  isEnabled: boolean;
}

/** @param secret told by the answer to its creation, and never again */
export function webhookEndpointObject(stored: StoredEndpoint, secret?: string) {
  return {
    id: stored.id,
    object: 'webhook_endpoint',
    api_version: stored.apiVersion,
    application: null,
    created: stored.created,
    description: stored.description,
    enabled_events: [...stored.events],
    livemode: false,
    metadata: {},
    ...(secret === undefined ? {} : { secret }),
    status: stored.isEnabled ? 'enabled' : 'disabled',
    url: stored.url,
  } satisfies Stripe.WebhookEndpoint;
}
