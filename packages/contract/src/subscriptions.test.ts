import { describe, expect, test } from 'vitest';
import { defineConnector, webhook } from './connector.ts';
import { lookup, naturalKey } from './guarantees.ts';
import { findWebhook, keepsSubscription, type Manifest, manifestSchema } from './manifest.ts';
import {
  createSubscription,
  listSubscriptions,
  removeSubscription,
  tellSubscriptionSecret,
} from './subscriptions.ts';
import { exampleDefinition } from './testing/example-definition.ts';

const source = 'https://vendor.example/docs/webhooks';
const scopes = ['contacts.write'];
const reads = ['GET /webhooks'] as const;

function subscribing(changes: Record<string, unknown> = {}): Manifest {
  const definition = exampleDefinition();
  const [trigger] = definition.triggers;
  if (trigger?.kind !== 'webhook') throw new Error('the example has a webhook');
  return defineConnector({
    ...definition,
    operations: [
      ...definition.operations,
      listSubscriptions({ scopes, reads, source, run: async () => ({ subscriptions: [] }) }),
      createSubscription({
        guarantee: lookup('url', { lagSeconds: 0 }),
        scopes,
        reads,
        writes: ['POST /webhooks'],
        withholds: [{ pointer: '/secret', secret: 'webhookSecret' }],
        source,
        run: async () => [{ outcome: 'created', vendorId: '1' }],
        lookup: async () => [null],
      }),
      removeSubscription({
        guarantee: naturalKey('id'),
        scopes,
        reads: [],
        writes: ['DELETE /webhooks/{id}'],
        source,
        run: async () => [{ outcome: 'updated', vendorId: '1' }],
      }),
      tellSubscriptionSecret({
        scopes,
        reads: ['GET /webhooks/{id}/secret'],
        withholds: [{ pointer: '/secret', secret: 'webhookSecret' }],
        source,
        run: async ({ input }) => input,
      }),
    ],
    triggers: [
      webhook({
        ...trigger,
        subscription: {
          per: 'connection',
          topics: ['contact.changed'],
          list: 'subscriptions.list',
          create: 'subscriptions.create',
          remove: 'subscriptions.remove',
          ...changes,
        },
      }),
    ],
  }).manifest;
}

describe('a subscription that we keep', () => {
  test('its operations are in the manifest, with what they withhold, and are the broker’s own', () => {
    const manifest = subscribing({ tellSecret: 'subscriptions.tellSecret' });
    expect(manifestSchema.parse(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
    expect(findWebhook(manifest)?.subscription).toMatchObject({ topics: ['contact.changed'] });
    const own = manifest.operations.filter(({ name }) => keepsSubscription(manifest, name));
    expect(own.map(({ name, impact, withholds = [] }) => [name, impact, withholds.length])).toEqual([
      ['subscriptions.list', 'read', 0],
      ['subscriptions.create', 'write', 1],
      ['subscriptions.remove', 'delete', 0],
      ['subscriptions.tellSecret', 'read', 1],
    ]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ list: 'subscriptions.create' }, 'must name a read operation'],
    [{ create: 'contacts.upsert' }, 'must name a write operation made by createSubscription'],
    [{ remove: 'subscriptions.create' }, 'must name a write operation made by removeSubscription'],
    [{ tellSecret: 'subscriptions.list' }, 'must name a read operation that withholds the secret'],
    [{ per: 'registration' }, 'is what a registration calls with'],
    [{ credential: 'client_secret' }, 'is what a registration calls with'],
    [{ topics: [] }, 'topics'],
  ])('%j is refused', (changes, message) => {
    expect(() => subscribing(changes)).toThrow(message);
  });
});
