import { defineConnector } from '@onceover/contract';
import { createComment } from './operations/create-comment.ts';
import { getTicket } from './operations/get-ticket.ts';
import { upsertTickets } from './operations/upsert-tickets.ts';
import { upsertUsers } from './operations/upsert-users.ts';
import {
  createWebhookSubscription,
  listWebhookSubscriptions,
  removeWebhookSubscription,
  tellWebhookSecret,
} from './operations/webhook-subscriptions.ts';
import { zendeskWebhook } from './triggers/zendesk-webhook.ts';
import { zendeskAuth, zendeskEgress, zendeskVariables } from './zendesk-auth.ts';
import { zendeskAnswers } from './zendesk-errors.ts';
import { zendeskRateLimits } from './zendesk-rate-limits.ts';
import { zendeskRotation } from './zendesk-rotation.ts';

/** Zendesk Support: users by e-mail address, tickets by external id, comments by our own reference. */
export const zendesk = defineConnector({
  specVersion: 'v1',
  id: 'zendesk',
  title: 'Zendesk',
  domain: 'support',
  auth: zendeskAuth,
  egress: zendeskEgress,
  variables: zendeskVariables,
  answers: zendeskAnswers,
  rateLimits: zendeskRateLimits,
  operations: [
    upsertUsers,
    getTicket,
    upsertTickets,
    createComment,
    listWebhookSubscriptions,
    createWebhookSubscription,
    removeWebhookSubscription,
    tellWebhookSecret,
  ],
  triggers: [zendeskWebhook],
  rotation: zendeskRotation,
});
