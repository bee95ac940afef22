import type { ConnectorDefinition } from '@onceover/contract';

const source = 'https://docs.stripe.com/rate-limits';

/**
 * Live mode; a Stripe sandbox has 25 requests per second in all. An endpoint alone has 25 unless Stripe gave the
 * account more, which its 429 tells better than we could.
 */
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
