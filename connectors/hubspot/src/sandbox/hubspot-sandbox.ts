import { defineSandbox } from '@onceover/connector-kit/sandbox';
import { hubspotAuth } from '../hubspot-auth.ts';
import { hubspotWebhook } from '../triggers/hubspot-webhook.ts';
import { companyRoutes } from './company-routes.ts';
import { contactRoutes } from './contact-routes.ts';
import { hubspotFailure } from './hubspot-problems.ts';
import { createHubspotState, hubspotOrigin, type HubspotState } from './hubspot-state.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { seedRecord } from './seed-records.ts';

/** HubSpot on loopback: an account with one app installed. */
export const sandbox = defineSandbox<HubspotState>({
  id: 'hubspot',
  origin: hubspotOrigin,
  accessToken: 'hubspot-sandbox-access-token',
  webhookSecret: 'hubspot-sandbox-client-secret',
  tokens: {
    rotates: 'never',
    oldAccessDies: hubspotAuth.refresh.oldAccessDies,
    graceSeconds: hubspotAuth.refresh.graceSeconds,
    accessSeconds: hubspotAuth.defaultLifetimeSeconds,
    scopes: Object.keys(hubspotAuth.scopes),
  },
  createState: createHubspotState,
  seed: seedRecord,
  handlers: (context) => [...contactRoutes(context), ...companyRoutes(context), ...oauthRoutes(context)],
  isPublic: ({ path }) => path.startsWith('/oauth/'),
  failure: hubspotFailure,
  rateLimitHeaders: ({ limit, remaining, windowSeconds }) => ({
    'x-hubspot-ratelimit-max': String(limit),
    'x-hubspot-ratelimit-remaining': String(remaining),
    'x-hubspot-ratelimit-interval-milliseconds': String(windowSeconds * 1000),
  }),
  webhook: {
    scheme: hubspotWebhook.signature,
    // HubSpot sends arrays; one event is an array of one.
    body: (event) => (Array.isArray(event) ? event : [event]),
  },
});
