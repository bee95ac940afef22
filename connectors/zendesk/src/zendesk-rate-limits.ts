import type { ConnectorDefinition } from '@onceover/contract';

/** The account-wide limit depends on the plan (200 to 2,500 a minute); the answers' headers tell it. */
export const zendeskRateLimits: NonNullable<ConnectorDefinition['rateLimits']> = [
  {
    per: 'connection',
    requests: 100,
    seconds: 60,
    calls: ['PUT /api/v2/tickets/{id}'],
    source: 'https://developer.zendesk.com/api-reference/introduction/rate-limits/#update-ticket',
    verified: true,
  },
];
