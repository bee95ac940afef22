import type { ConnectorDefinition } from '@onceover/contract';

const rateLimits = 'https://developer.zendesk.com/api-reference/introduction/rate-limits/';

/** The account-wide limit depends on the plan (200 to 2,500 a minute); the answers' headers tell which it is. */
export const zendeskRateLimits: NonNullable<ConnectorDefinition['rateLimits']> = [
  {
    per: 'connection',
    requests: 200,
    seconds: 60,
    headers: {
      limit: 'X-Rate-Limit',
      remaining: 'X-Rate-Limit-Remaining',
      reset: { header: 'ratelimit-reset', unit: 'seconds' },
    },
    source: rateLimits,
    verified: false,
  },
  {
    per: 'connection',
    requests: 100,
    seconds: 60,
    calls: ['PUT /api/v2/tickets/{id}'],
    source: `${rateLimits}#update-ticket`,
    verified: true,
  },
];
