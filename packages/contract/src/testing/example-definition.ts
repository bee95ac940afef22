import { z } from 'zod';
import { type ConnectorDefinition, webhook } from '../connector.ts';
import { crm } from '../domains/index.ts';
import { naturalKey } from '../guarantees.ts';
import { defineOperation, implement } from '../operations.ts';

/** A small, valid connector for the tests of this package. */

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
