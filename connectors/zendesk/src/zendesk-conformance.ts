import { defineConformance } from '@onceover/connector-kit/testing';
import { sandbox as zendeskSandbox } from './sandbox/index.ts';
import { comments, ticketReads, tickets, users, webhook } from './testing/samples.ts';
import { signedDelivery } from './testing/signed-delivery.ts';
import { zendeskContract } from './testing/zendesk-contract.ts';
import { zendesk } from './zendesk-connector.ts';

/** The conformance suite of Zendesk: samples, a signed event and what is published of its API. */
export const conformance = defineConformance(zendesk, {
  sandbox: zendeskSandbox,
  contract: zendeskContract,
  connection: { account: '12514403', variables: { subdomain: 'acme' } },
  samples: {
    'users.upsert': users,
    'tickets.get': ticketReads,
    'tickets.upsert': tickets,
    'comments.create': comments,
  },
  triggers: {
    webhook: {
      ...webhook,
      vectors: [
        signedDelivery('an event', {
          secret: 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==',
          timestamp: '2026-11-24T10:00:00.000Z',
          body: JSON.stringify(webhook.items[0]?.item),
        }),
      ],
    },
  },
});
