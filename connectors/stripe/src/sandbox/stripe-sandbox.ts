import { type DefinedSandbox, defineSandbox } from '@onceover/connector-kit/sandbox';
import { stripeWebhook } from '../triggers/stripe-webhook.ts';
import { errorAnswer, failureAnswer } from './error-answer.ts';
import { customerHandlers } from './handlers/customer-handlers.ts';
import { invoiceHandlers } from './handlers/invoice-handlers.ts';
import { oauthHandlers } from './handlers/oauth-handlers.ts';
import { refundHandlers } from './handlers/refund-handlers.ts';
import { webhookEndpointHandlers } from './handlers/webhook-endpoint-handlers.ts';
import { seedRecord } from './seed-records.ts';
import { createStripeState, type StripeState } from './stripe-state.ts';

/** A Stripe account in memory, of API version 2026-10-28.endive. */
export function defineStripeSandbox(
  options: {
    /** How long the search lags behind writes; 0 unless given. */
    searchLagSeconds?: number;
  } = {},
): DefinedSandbox<StripeState> {
  return defineSandbox<StripeState>({
    id: 'stripe',
    origin: 'https://api.stripe.com',
    accessToken: 'sandbox-stripe-access-token',
    webhookSecret: 'sandbox-stripe-webhook-secret',
    tokens: {
      rotates: 'always',
      oldAccessDies: false,
      graceSeconds: 0,
      accessSeconds: 3600,
      scopes: ['stripe_apps'],
    },
    createState: () => createStripeState(options),
    seed: seedRecord,
    handlers: (context) => [
      ...customerHandlers(context),
      ...refundHandlers(context),
      ...invoiceHandlers(context),
      ...webhookEndpointHandlers(context),
      ...oauthHandlers(context),
    ],
    isPublic: ({ path }) => path === '/v1/oauth/token' || path === '/oauth/v2/authorize',
    failure: failureAnswer,
    // https://docs.stripe.com/api/idempotent_requests
    idempotency: {
      header: 'Idempotency-Key',
      hours: 24,
      applies: ({ method }) => method === 'POST',
      repeated: ['idempotent-replayed', 'true'],
      mismatch: () =>
        errorAnswer(400, {
          type: 'idempotency_error',
          message:
            'Keys for idempotent requests can only be used with the same parameters they were first used with.',
        }),
      inProgress: () => failureAnswer({ status: 409 }),
    },
    webhook: { scheme: stripeWebhook.signature, body: (event) => event },
  });
}

/** Stripe on loopback, with a search that does not lag. */
export const sandbox = defineStripeSandbox();
