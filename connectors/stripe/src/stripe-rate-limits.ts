import type { ConnectorDefinition } from '@onceover/contract';

const source = 'https://docs.stripe.com/rate-limits';

/** Live mode; a Stripe sandbox has 25 requests per second in all. Accounts may have been given more. */
export const stripeRateLimits: NonNullable<ConnectorDefinition['rateLimits']> = [
  { per: 'connection', requests: 100, seconds: 1, source, verified: true },
  {
    per: 'connection',
    requests: 20,
    seconds: 1,
    calls: ['GET /v1/customers/search'],
    source: `${source}#rate-limiter`,
    verified: true,
  },
];
