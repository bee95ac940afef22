import { type JsonValue, manifestOf, type RotationContext } from '@onceover/contract';
import { expect, test } from 'vitest';
import { zendesk } from './zendesk-connector.ts';
import { zendeskRotation } from './zendesk-rotation.ts';

const create = zendeskRotation['webhookSecret']?.hooks.create;

/** Runs the hook before a Zendesk that gives this answer. */
async function reset(subscription: string | null, json: JsonValue = {}) {
  const requests: unknown[] = [];
  const context = {
    subscription,
    connection: { id: 'support', account: null, variables: {} },
    http: {
      async request(request: unknown) {
        requests.push(request);
        return { status: 201, headers: {}, json, text: JSON.stringify(json) };
      },
    },
    signal: AbortSignal.timeout(1000),
    secret: 'webhookSecret',
    version: 2,
  };
  // What the hook reads of it.
  const made = await create?.(context as unknown as RotationContext);
  return { made, requests };
}

test('a reset addresses the webhook that is subscribed, and names it as the secret’s', async () => {
  const answer = { signing_secret: { algorithm: 'SHA256', secret: '[withheld]' } };
  expect(await reset('w?1', answer)).toEqual({
    made: { vendorSecretId: 'w?1' },
    requests: [{ method: 'POST', path: '/api/v2/webhooks/w%3F1/signing_secret' }],
  });
});

test('without a webhook there is nothing to reset, and the command that makes one is named', async () => {
  await expect(reset(null)).rejects.toMatchObject({
    code: 'no_subscription',
    message: expect.stringContaining('onceover connections subscribe support'),
  });
});

test.each<[JsonValue]>([[{}], [{ signing_secret: {} }]])(
  'an answer of %o is not Zendesk’s',
  async (answer) => {
    await expect(reset('w', answer)).rejects.toMatchObject({ code: 'unexpected_answer' });
  },
);

test('the broker takes the secret from the answer, within one call and one scope', () => {
  const call = 'POST /api/v2/webhooks/{id}/signing_secret';
  expect(manifestOf(zendesk).rotation).toEqual({
    webhookSecret: expect.objectContaining({
      hooks: ['create'],
      scopes: ['webhooks:write'],
      writes: [call],
      withholds: [{ call, pointer: '/signing_secret/secret' }],
    }),
  });
});

test('secrets are withheld from the code wherever answers tell them', () => {
  const withheld = manifestOf(zendesk).operations.flatMap(({ name, withholds = [] }) =>
    withholds.map(({ pointer, secret }) => [name, pointer, secret]),
  );
  expect(withheld).toEqual([
    ['subscriptions.list', '/webhooks/*/signing_secret/secret', 'webhookSecret'],
    ['subscriptions.create', '/webhook/signing_secret/secret', 'webhookSecret'],
    ['subscriptions.tellSecret', '/signing_secret/secret', 'webhookSecret'],
  ]);
});
