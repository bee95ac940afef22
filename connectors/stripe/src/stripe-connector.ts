import { defineConnector } from '@onceover/contract';
import { createRefund } from './operations/create-refund.ts';
import { getInvoice } from './operations/get-invoice.ts';
import { upsertCustomers } from './operations/upsert-customers.ts';
import {
  createWebhookEndpoint,
  listWebhookEndpoints,
  removeWebhookEndpoint,
} from './operations/webhook-endpoints.ts';
import { stripeAuth } from './stripe-auth.ts';
import { stripeAnswers } from './stripe-errors.ts';
import { stripeRateLimits } from './stripe-rate-limits.ts';
import { stripeWebhook } from './triggers/stripe-webhook.ts';

/** Stripe: customers, invoices and refunds, of API version 2026-10-28.endive. */
export const stripe = defineConnector({
  specVersion: 'v1',
  id: 'stripe',
  title: 'Stripe',
  domain: 'billing',
  auth: stripeAuth,
  egress: ['https://api.stripe.com'],
  headers: { 'Stripe-Version': '2026-10-28.endive' },
  answers: stripeAnswers,
  rateLimits: stripeRateLimits,
  operations: [
    upsertCustomers,
    getInvoice,
    createRefund,
    listWebhookEndpoints,
    createWebhookEndpoint,
    removeWebhookEndpoint,
  ],
  triggers: [stripeWebhook],
});
