import { join } from 'node:path';
import {
  type Connector,
  type ConnectorDefinition,
  createSubscription,
  defineConnector,
  idempotencyKey,
  listSubscriptions,
  lookup,
  manifestOf,
  type OperationContext,
  removeSubscription,
  tellSubscriptionSecret,
  webhook,
} from '@onceover/contract';
import { z } from 'zod';
import { type ConnectorFolder, writeConnectorFolder } from './connector-folder.fixture.ts';
import { exampleDefinition } from './example-connector.fixture.ts';

export interface SubscribingOptions {
  per?: 'connection' | 'registration';
  secret?: 'in-answer' | 'on-request' | 'shared';
  topics?: readonly string[];
  renewBefore?: { hours: number };
  credential?: 'client_credentials' | 'client_secret';
}

const source = 'https://vendor.example/docs/webhooks';
const scopes = ['webhooks'];

const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  topics: z.array(z.string()),
  on: z.boolean(),
  ends: z.string().optional(),
});
const pageSchema = z.object({ webhooks: z.array(webhookSchema), next: z.string().nullable() });

async function listAll({ http }: Pick<OperationContext, 'http'>) {
  const found: z.output<typeof webhookSchema>[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const { json } = await http.request({ method: 'GET', path: '/webhooks', query: { after } });
    const { webhooks, next }: z.output<typeof pageSchema> = pageSchema.parse(json);
    found.push(...webhooks);
    after = next;
  }
  return found;
}

/** What connector code got to see of the vendor's answers; shared by code that runs in this process. */
export const seenByCode: string[] = [];

/** The example connector, which keeps its webhook subscribed. */
export function subscribingConnector(options: SubscribingOptions = {}): Connector {
  const {
    per = 'connection',
    secret = 'in-answer',
    topics = ['order.paid'],
    renewBefore,
    credential,
  } = options;
  const withholds = [{ pointer: '/secret', secret: 'webhookSecret' }];
  const operations = [
    listSubscriptions({
      scopes,
      reads: ['GET /webhooks'],
      source,
      async run(context) {
        const subscriptions = (await listAll(context)).map(({ id, url, topics: has, on, ends }) => ({
          vendorId: id,
          url,
          topics: has,
          isActive: on,
          ...(ends === undefined ? {} : { expiresAt: ends }),
        }));
        return { subscriptions };
      },
    }),
    createSubscription({
      scopes,
      reads: ['GET /webhooks'],
      writes: ['POST /webhooks'],
      guarantee: idempotencyKey({
        header: 'Idempotency-Key',
        hours: 24,
        then: lookup('url', { lagSeconds: 0 }),
      }),
      ...(secret === 'in-answer' ? { withholds } : {}),
      source,
      async run({ records, http }) {
        const [keyed] = records;
        const { json, text } = await http.request({ method: 'POST', path: '/webhooks', json: keyed?.record });
        seenByCode.push(text);
        return [{ outcome: 'created', vendorId: z.object({ id: z.string() }).parse(json).id }];
      },
      async lookup({ records, ...context }) {
        const all = await listAll(context);
        return records.map(({ record }) => all.find(({ url }) => url === record.url)?.id ?? null);
      },
    }),
    removeSubscription({
      scopes,
      reads: ['GET /webhooks'],
      writes: ['DELETE /webhooks/{id}'],
      guarantee: lookup('id', { lagSeconds: 0 }),
      source,
      async run({ records: [keyed], http }) {
        const vendorId = keyed?.record.vendorId ?? '';
        const { status } = await http.request({
          method: 'DELETE',
          path: `/webhooks/${vendorId}`,
          accept: [404],
        });
        return [{ outcome: status === 404 ? 'unchanged' : 'updated', vendorId }];
      },
      lookup: async ({ records }) => records.map(() => null),
    }),
    ...(secret === 'on-request'
      ? [
          tellSubscriptionSecret({
            scopes,
            reads: ['GET /webhooks/{id}/secret'],
            withholds,
            source,
            async run({ input, http }) {
              const { text } = await http.request({
                method: 'GET',
                path: `/webhooks/${input.vendorId}/secret`,
              });
              seenByCode.push(text);
              return input;
            },
          }),
        ]
      : []),
  ];
  const [trigger] = exampleDefinition.triggers;
  const definition: ConnectorDefinition = {
    ...exampleDefinition,
    // A registration has no region.
    ...(per === 'registration' ? { egress: ['https://api.vendor.example'], variables: {} } : {}),
    auth: {
      ...exampleDefinition.auth,
      ...(per === 'registration'
        ? {
            authorizeUrl: 'https://api.vendor.example/authorize',
            tokenUrl: 'https://api.vendor.example/token',
          }
        : {}),
      scopes: { ...exampleDefinition.auth.scopes, webhooks: { reason: 'Keeps its own webhook subscribed.' } },
      secrets: exampleDefinition.auth.secrets.map((fact) =>
        fact.name === 'webhookSecret' ? { ...fact, per } : fact,
      ),
    },
    operations: [...exampleDefinition.operations, ...operations],
    triggers: [
      webhook({
        ...(trigger as NonNullable<typeof trigger>),
        subscription: {
          per,
          topics: [...topics],
          list: 'subscriptions.list',
          create: 'subscriptions.create',
          remove: 'subscriptions.remove',
          ...(secret === 'on-request' ? { tellSecret: 'subscriptions.tellSecret' } : {}),
          ...(renewBefore === undefined ? {} : { renewBefore }),
          ...(per === 'registration' ? { credential: credential ?? 'client_secret' } : {}),
          manual: ['Add a webhook for {url}.'],
          test: 'Choose “Send a test”.',
        },
      }),
    ],
  };
  return defineConnector(definition);
}

/** As a build leaves it, under a version. */
export function writeSubscribingConnector(
  options: SubscribingOptions = {},
  version = '1.0.0',
): Promise<ConnectorFolder> {
  const module = JSON.stringify(join(import.meta.dirname, 'subscribing-connector.fixture.ts'));
  return writeConnectorFolder({
    package: {
      name: '@onceover/connector-example',
      version,
      type: 'module',
      onceover: { connector: 'example' },
    },
    manifest: manifestOf(subscribingConnector(options)),
    code: `import { subscribingConnector } from ${module};\nexport const connector = subscribingConnector(${JSON.stringify(options)});\n`,
  });
}
