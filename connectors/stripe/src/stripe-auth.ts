import type { AuthInput } from '@onceover/contract';

const permissions = 'https://docs.stripe.com/stripe-apps/reference/permissions';

/**
 * A Stripe App with `stripe_api_access_type: oauth`. Its permissions stand in the app's manifest and are accepted at
 * installation: the authorize URL carries none, and the token answer names none.
 * Not confirmed in Stripe's own documents: that PKCE is ignored, that an access token outlives the refresh of its
 * pair, and that `charge_write` alone covers a refund by payment intent.
 */
export const stripeAuth: AuthInput = {
  kind: 'oauth2',
  authorizeUrl: 'https://marketplace.stripe.com/oauth/v2/authorize',
  tokenUrl: 'https://api.stripe.com/v1/oauth/token',
  grants: ['authorization_code', 'refresh_token'],
  pkce: 'ignored',
  // The platform's secret key is the Basic user name, with an empty password.
  clientAuthentication: 'secret_as_basic_user',
  tokenBody: 'form',
  scopeStyle: 'app',
  grantedFrom: { kind: 'app' },
  refresh: { rotates: 'always', oldAccessDies: false, graceSeconds: 0 },
  // The answer has no expires_in: an access token lives an hour, a refresh token a year.
  defaultLifetimeSeconds: 3600,
  account: { pointer: '/stripe_user_id' },
  credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
  scopes: {
    customer_read: { reason: 'Finds the customer that carries our key before one is created.' },
    customer_write: { reason: 'Creates customers and changes their e-mail address, name and phone.' },
    invoice_read: { reason: 'Reads an invoice, and lets invoice events be delivered.' },
    charge_read: { reason: 'Reads a charge’s currency, and finds a refund that was already made.' },
    charge_write: { reason: 'Gives money of a payment back.' },
    payment_intent_read: { reason: 'Reads the currency of a payment before money of it is given back.' },
    webhook_read: { reason: 'Sees which webhook endpoints the account has, so that ours is there once.' },
    webhook_write: { reason: 'Makes the webhook endpoint that calls us, and removes it at the end.' },
    event_read: { reason: 'Lets events of the account reach our webhook endpoint.', always: true },
  },
  secrets: [
    {
      name: 'clientSecret',
      per: 'registration',
      uses: ['oauth'],
      issuer: 'person',
      overlap: { mode: 'dual', seconds: 7 * 86_400 },
      page: 'https://dashboard.stripe.com/apikeys',
      steps: [
        'Open Developers, API keys, of the account that owns the app.',
        'Choose “Rotate key” at the secret key and let the old one expire in 7 days.',
        'Copy the new sk_live_… key: it is shown once.',
      ],
      source: 'https://docs.stripe.com/keys#rolling-keys',
      verified: false,
    },
    {
      name: 'webhookSecret',
      per: 'connection',
      uses: ['webhook'],
      issuer: 'person',
      overlap: { mode: 'dual', seconds: 86_400 },
      page: 'https://dashboard.stripe.com/workbench/webhooks',
      steps: [
        'Open Workbench, Webhooks, and the endpoint that points to Onceover.',
        'Choose “Roll secret” and let the old one expire in 24 hours: deliveries are signed with both until then.',
        'Reveal and copy the new whsec_… secret.',
      ],
      source: 'https://docs.stripe.com/webhooks#roll-endpoint-secrets',
      verified: false,
    },
  ],
  source: permissions,
};
