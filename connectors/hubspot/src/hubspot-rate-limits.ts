import type { Manifest } from '@onceover/contract';

const usageGuidelines = 'https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines';

/** Budgets of an app that accounts install. Searches have one of their own and do not count in the other. */
export const hubspotRateLimits: Manifest['rateLimits'] = [
  {
    per: 'connection',
    requests: 110,
    seconds: 10,
    // Accounts have more with an add-on.
    headers: {
      limit: 'X-HubSpot-RateLimit-Max',
      remaining: 'X-HubSpot-RateLimit-Remaining',
      window: { header: 'X-HubSpot-RateLimit-Interval-Milliseconds', unit: 'milliseconds' },
    },
    source: usageGuidelines,
    verified: false,
  },
  {
    per: 'connection',
    requests: 5,
    seconds: 1,
    calls: ['POST /crm/objects/2026-03/contacts/search', 'POST /crm/objects/2026-03/companies/search'],
    source: 'https://developers.hubspot.com/docs/api-reference/2026-03/crm/search-the-crm',
    verified: false,
  },
];
