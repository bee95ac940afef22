import { ConflictError, type Rotation } from '@onceover/contract';
import { z } from 'zod';
import { readAnswer } from './zendesk-errors.ts';

const resetSchema = z.object({ signing_secret: z.object({ algorithm: z.string() }) });

/**
 * Zendesk makes another signing secret for a webhook and signs with it from then on. A reset that nobody stored is
 * replaced by the next one: there is one secret a webhook, and never an orphan.
 */
export const zendeskRotation: Rotation = {
  webhookSecret: {
    scopes: ['webhooks:write'],
    writes: ['POST /api/v2/webhooks/{id}/signing_secret'],
    withholds: [{ call: 'POST /api/v2/webhooks/{id}/signing_secret', pointer: '/signing_secret/secret' }],
    hooks: {
      // https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/#reset-webhook-signing-secret
      async create({ http, subscription, connection }) {
        if (subscription === null) {
          throw new ConflictError(
            `No webhook of this connection is known: onceover connections subscribe ${connection?.id ?? ''}`,
            { code: 'no_subscription' },
          );
        }
        const path = `/api/v2/webhooks/${encodeURIComponent(subscription)}/signing_secret`;
        readAnswer(resetSchema, await http.request({ method: 'POST', path }));
        return { vendorSecretId: subscription };
      },
    },
  },
};
