import {
  type ConnectorDefinition,
  defineConnector,
  defineOperation,
  idempotencyKey,
  lookup,
  type OperationContext,
  webhook,
} from '@onceover/contract';
import { z } from 'zod';

const source = 'https://vendor.example/docs';

/** A request that a test wants the connector's code to make. */
const requestSchema = z.looseObject({ method: z.string(), path: z.string() });

const createdSchema = z.object({ ids: z.array(z.string()) });
const foundSchema = z.object({ ids: z.array(z.string().nullable()) });

/** Makes the requests in order and tells what came of each; stops for nothing. */
async function makeAll({ http }: OperationContext, requests: readonly unknown[]) {
  const answers: { status?: number; text?: string; headers?: unknown; code?: string; message?: string }[] =
    [];
  for (const request of requests) {
    try {
      // The point is to send what no type allows.
      const { status, text, headers } = await http.request(request as Parameters<typeof http.request>[0]);
      answers.push({ status, text, headers });
    } catch (error) {
      const { code = 'no code', message } = error as { code?: string; message: string };
      answers.push({ code, message });
    }
  }
  return answers;
}

/** A write that makes the requests that a test asks for. */
function probeWrite(name: string, timeoutMs: number) {
  return defineOperation({
    kind: 'write',
    name,
    summary: 'Makes the requests that a test asks for.',
    resource: 'probe',
    record: z.strictObject({ requests: z.array(requestSchema) }),
    naturalKey: [{ pointer: '/requests', canonical: 'exact' }],
    impact: 'write',
    guarantee: idempotencyKey({ header: 'Idempotency-Key', hours: 24 }),
    scopes: ['orders.write'],
    reads: ['GET /orders/{id}', 'POST /orders/search'],
    writes: ['POST /orders', 'POST /orders/{id}', 'PUT /orders/{id}'],
    requestHeaders: ['X-Trace', 'Idempotency-Key'],
    source,
    timeoutMs,
    async run({ records, ...context }) {
      const requests = records.flatMap(({ record }) => record.requests);
      const answers = await makeAll(context, requests);
      return records.map(() => ({ outcome: 'outcome_unknown' as const, reason: JSON.stringify(answers) }));
    },
  });
}

/** A read whose code is not as it should be. */
function misbehave(name: string, timeoutMs: number) {
  return defineOperation({
    kind: 'read',
    name,
    summary: 'Throws, hangs, or answers nonsense.',
    input: z.strictObject({ how: z.enum(['throw', 'hang', 'huge']) }),
    output: z.string(),
    scopes: [],
    reads: [],
    source,
    timeoutMs,
    async run({ input }) {
      if (input.how === 'throw') throw new TypeError('cannot read properties of undefined');
      if (input.how === 'hang') await new Promise(() => {});
      return 'x'.repeat(9 * 1024 * 1024);
    },
  });
}

export const exampleDefinition = {
  specVersion: 'v1',
  id: 'example',
  title: 'Example',
  domain: 'billing',
  auth: {
    kind: 'oauth2',
    authorizeUrl: 'https://{region}.vendor.example/authorize',
    tokenUrl: 'https://{region}.vendor.example/token',
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'required',
    clientAuthentication: 'basic',
    tokenBody: 'form',
    scopeStyle: 'request',
    grantedFrom: { kind: 'scope-string', pointer: '/scope', separator: ' ' },
    refresh: { rotates: 'always', oldAccessDies: true, graceSeconds: 0 },
    defaultLifetimeSeconds: 3600,
    credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
    scopes: {
      'orders.write': { reason: 'Creates orders for customers.' },
      'orders.read': { reason: 'Finds orders that exist already.' },
    },
    secrets: [
      {
        name: 'clientSecret',
        per: 'registration',
        uses: ['oauth'],
        issuer: 'person',
        overlap: { mode: 'dual', seconds: 86_400 },
        source,
        verified: true,
      },
      {
        name: 'webhookSecret',
        per: 'registration',
        uses: ['webhook'],
        issuer: 'person',
        overlap: { mode: 'dual', seconds: 86_400 },
        source,
        verified: true,
      },
    ],
    source,
  },
  egress: ['https://{region}.vendor.example'],
  variables: { region: { pattern: '[a-z]{2}', description: 'The two letters of the account’s region.' } },
  headers: { 'Api-Version': '2026-11' },
  answers: { message: ['/message'], replayed: { header: 'Idempotent-Replayed', equals: 'true' } },
  operations: [
    defineOperation({
      kind: 'write',
      name: 'orders.create',
      summary: 'Creates an order unless one with our key exists.',
      resource: 'order',
      record: z.strictObject({ number: z.string(), total: z.string() }),
      naturalKey: [{ pointer: '/number', canonical: 'exact' }],
      impact: 'write',
      batch: { max: 10 },
      guarantee: idempotencyKey({
        header: 'Idempotency-Key',
        hours: 24,
        then: lookup('externalId', { lagSeconds: 60 }),
      }),
      scopes: ['orders.read', 'orders.write'],
      reads: ['POST /orders/search', 'GET /orders/{id}'],
      writes: ['POST /orders', 'POST /orders/{id}'],
      withholds: [{ pointer: '/signing/secret', secret: 'webhookSecret' }],
      source,
      timeoutMs: 20_000,
      async run({ records, http, links }) {
        const known = await links.find(records.map(({ naturalKey }) => naturalKey));
        const found = await http.request({
          method: 'POST',
          path: '/orders/search',
          json: { keys: records.map(({ naturalKey }) => naturalKey) },
        });
        const orders = records.map(({ record, effectKey, naturalKey }) => ({
          ...record,
          externalId: effectKey,
          id: known.get(naturalKey) ?? null,
          seen: found.json,
        }));
        const { json } = await http.request({ method: 'POST', path: '/orders', json: { orders } });
        return createdSchema.parse(json).ids.map((vendorId) => ({ outcome: 'created' as const, vendorId }));
      },
      async lookup({ records, http }) {
        const { json } = await http.request({
          method: 'POST',
          path: '/orders/search',
          json: { externalIds: records.map(({ effectKey }) => effectKey) },
        });
        return foundSchema.parse(json).ids;
      },
    }),
    defineOperation({
      kind: 'read',
      name: 'probe.read',
      summary: 'Makes the requests that a test asks for.',
      input: z.strictObject({ requests: z.array(requestSchema) }),
      output: z.array(z.looseObject({})),
      scopes: ['orders.read'],
      reads: ['GET /orders/{id}', 'POST /orders/search', 'GET /files/{name}/content'],
      requestHeaders: ['X-Trace', 'Authorization', 'Api-Version', 'Host'],
      source,
      timeoutMs: 20_000,
      run: async ({ input, ...context }) => makeAll(context, input.requests),
    }),
    probeWrite('probe.write', 20_000),
    probeWrite('probe.brief', 1500),
    misbehave('code.misbehave', 20_000),
    misbehave('code.hang', 300),
  ],
  triggers: [
    webhook({
      name: 'events',
      summary: 'Order events.',
      source,
      events: ['billing.invoice-paid.v1'],
      signature: {
        algorithm: 'sha256',
        encoding: 'hex',
        header: 'X-Signature',
        format: { kind: 'plain' },
        signed: ['timestamp', 'body'],
        timestamp: { header: 'X-Timestamp', unit: 'seconds', toleranceSeconds: 300 },
        secret: 'webhookSecret',
      },
      items: '',
      key: [{ pointer: '/id' }],
      account: { pointer: '/account' },
      record: [{ pointer: '/order' }],
      time: { pointer: '/at', unit: 'rfc3339' },
      subscription: { manual: ['Add the webhook in the vendor’s settings.'] },
      normalize({ item }) {
        if (typeof item === 'object' && item !== null && 'broken' in item) throw new Error('broken item');
        return [{ type: 'billing.invoice-paid.v1', data: item }];
      },
    }),
  ],
} satisfies ConnectorDefinition;

export const connector = defineConnector(exampleDefinition);
