import { billing, webhook } from '@onceover/contract';
import { normalizeEvent } from './normalize-event.ts';

/** @see https://docs.stripe.com/webhooks */
export const stripeWebhook = webhook({
  name: 'webhook',
  summary: 'Events of a Stripe account: invoices that were paid or could not be collected.',
  source: 'https://docs.stripe.com/webhooks#verify-manually',
  events: [billing.invoicePaid.type, billing.invoicePaymentFailed.type],
  signature: {
    algorithm: 'sha256',
    encoding: 'hex',
    header: 'Stripe-Signature',
    // t=1766000000,v1=…,v1=… : one v1 for each secret while a secret is rolled.
    format: { kind: 'fields', timestamp: 't', signature: 'v1' },
    signed: ['timestamp', { text: '.' }, 'body'],
    timestamp: { unit: 'seconds', toleranceSeconds: 300 },
    secret: 'webhookSecret',
  },
  key: [{ pointer: '/id' }],
  // Only events of accounts that are connected to ours name one.
  account: { pointer: '/account' },
  record: [{ pointer: '/data/object/id' }],
  time: { pointer: '/created', unit: 'seconds' },
  echo: { pointer: '/request/idempotency_key', is: 'idempotency-key' },
  subscription: {
    per: 'connection',
    topics: ['invoice.paid', 'invoice.payment_failed'],
    list: 'subscriptions.list',
    create: 'subscriptions.create',
    remove: 'subscriptions.remove',
    // `webhook_write` is given to an app by Stripe's staff: without it a person does this.
    manual: [
      'Open Workbench, Webhooks, and choose “Create an event destination”.',
      'Choose the API version 2026-10-28.endive and the events invoice.paid and invoice.payment_failed.',
      'Choose “Webhook endpoint” and enter {url}.',
      'Reveal the signing secret (whsec_…) and give it to the connection as webhookSecret.',
    ],
    page: 'https://dashboard.stripe.com/workbench/webhooks',
    test: 'In Workbench, Webhooks, choose the endpoint and “Send test events”, or pay a test invoice.',
  },
  normalize: ({ item }) => normalizeEvent(item),
});
