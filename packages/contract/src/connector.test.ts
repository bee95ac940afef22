import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineConnector, type ConnectorDefinition, webhook } from './connector.ts';
import { crm } from './domains/index.ts';
import { naturalKey } from './guarantees.ts';
import { serveConnector } from './hosting/serve-connector.ts';
import { manifestOf } from './manifest-of.ts';
import { defineOperation, implement } from './operations.ts';

const source = 'https://vendor.example/docs';

export function exampleDefinition(): ConnectorDefinition {
  return {
    specVersion: 'v1',
    id: 'example',
    title: 'Example',
    domain: 'crm',
    auth: {
      kind: 'oauth2',
      authorizeUrl: 'https://vendor.example/authorize',
      tokenUrl: 'https://vendor.example/token',
      grants: ['authorization_code', 'refresh_token'],
      pkce: 'required',
      clientAuthentication: 'basic',
      tokenBody: 'form',
      scopeStyle: 'request',
      grantedFrom: { kind: 'scope-string', pointer: '/scope', separator: ' ' },
      refresh: { rotates: 'always', oldAccessDies: true, graceSeconds: 0 },
      defaultLifetimeSeconds: 3600,
      credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
      scopes: { 'contacts.write': { reason: 'Creates and changes contacts.' } },
      secrets: [
        {
          name: 'webhookSecret',
          per: 'connection',
          uses: ['webhook'],
          issuer: 'person',
          overlap: { mode: 'dual', seconds: 86_400 },
          source,
          verified: true,
        },
      ],
      source,
    },
    egress: ['https://api.vendor.example'],
    answers: { message: ['/message'] },
    operations: [
      implement(crm.contacts.upsert, {
        guarantee: naturalKey('email'),
        scopes: ['contacts.write'],
        reads: [],
        writes: ['POST /contacts'],
        source,
        async run({ records, http }) {
          const { json } = await http.request({
            method: 'POST',
            path: '/contacts',
            json: records.map(({ record }) => record),
          });
          return z
            .array(z.object({ id: z.string() }))
            .parse(json)
            .map(({ id }) => ({ outcome: 'created', vendorId: id }));
        },
      }),
      defineOperation({
        kind: 'read',
        name: 'contacts.count',
        summary: 'Counts contacts.',
        input: z.strictObject({}),
        output: z.strictObject({ count: z.number() }),
        scopes: [],
        reads: ['GET /contacts/count'],
        source,
        run: async () => ({ count: 1 }),
      }),
    ],
    triggers: [
      webhook({
        name: 'events',
        summary: 'Contact events.',
        source,
        events: ['crm.contact-changed.v1'],
        signature: {
          algorithm: 'sha256',
          encoding: 'hex',
          header: 'X-Signature',
          format: { kind: 'plain' },
          signed: ['body'],
          secret: 'webhookSecret',
        },
        items: '',
        key: [{ pointer: '/id' }],
        record: [{ pointer: '/contact' }],
        time: { pointer: '/at', unit: 'rfc3339' },
        subscription: { manual: ['Add the webhook in the vendor’s settings.'] },
        normalize: () => [],
      }),
    ],
  };
}

test('defineConnector: the manifest is plain JSON and says what the code declares', () => {
  const connector = defineConnector(exampleDefinition());
  const manifest = manifestOf(connector);
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  const upsert = manifest.operations.find(({ name }) => name === 'contacts.upsert');
  expect(upsert).toMatchObject({
    kind: 'write',
    implements: 'crm.contacts.upsert',
    impact: 'write',
    batch: { max: 1 },
    naturalKey: [{ pointer: '/email', canonical: 'email' }],
  });
  expect(upsert?.kind === 'write' && upsert.record).toMatchObject({
    properties: { email: { data: 'personal' } },
    additionalProperties: false,
  });
});

test('defineConnector: a scope without a reason is refused with its path', () => {
  const definition = exampleDefinition();
  expect(() => defineConnector({ ...definition, auth: { ...definition.auth, scopes: {} } })).toThrow(
    /contacts.write is not among/,
  );
});

test('serveConnector: a write answers one outcome per record and passes its call to the host', async () => {
  const calls: unknown[] = [];
  const reply = await serveConnector(defineConnector(exampleDefinition())).handle(
    {
      kind: 'run',
      operation: 'contacts.upsert',
      mode: 'execute',
      connection: { id: 'crm', account: null, variables: {} },
      records: [{ record: { email: 'ada@example.com' }, naturalKey: 'ada@example.com', effectKey: 'k1' }],
    },
    async (call) => {
      calls.push(call);
      return { kind: 'http', response: { status: 201, headers: {}, body: '[{"id":"7"}]' } };
    },
    AbortSignal.timeout(1000),
  );
  expect(reply).toEqual({ kind: 'written', outcomes: [{ outcome: 'created', vendorId: '7' }] });
  expect(calls).toEqual([
    {
      kind: 'http',
      request: {
        method: 'POST',
        path: '/contacts',
        query: '',
        headers: {},
        contentType: 'application/json',
        body: '[{"email":"ada@example.com"}]',
      },
    },
  ]);
});
