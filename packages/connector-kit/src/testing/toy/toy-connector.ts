import {
  type Connector,
  type ConnectorDefinition,
  crm,
  defineConnector,
  type Operation,
  type Trigger,
  webhook,
} from '@onceover/contract';
import { toyFindContact, toyListChanged, toyUpsertCompanies, toyUpsertContacts } from './toy-operations.ts';
import { toySignature } from './toy-signature.ts';

const source = 'https://toy.example/docs';

/** The toy's webhook; a test changes what it wants to be wrong. */
export function toyWebhook(changes: Partial<Parameters<typeof webhook>[0]> = {}): Trigger {
  return webhook({
    name: 'events',
    summary: 'People changed.',
    source,
    events: [crm.contactChanged.type],
    signature: toySignature,
    items: '',
    key: [{ pointer: '/event' }, { pointer: '/person' }],
    record: [{ pointer: '/person' }],
    time: { pointer: '/at', unit: 'rfc3339' },
    hydrate: {
      operation: 'contacts.find',
      input: { vendorId: '/person' },
      when: { pointer: '/kind', oneOf: ['changed'] },
    },
    subscription: { manual: ['Add the webhook in the toy’s settings.'] },
    normalize({ item, record }) {
      const contact = (record as { contact?: unknown } | undefined)?.contact;
      const { kind, person } = (item ?? {}) as { kind?: string; person?: string };
      const about = kind === 'gone' && person !== undefined ? { vendorId: person } : contact;
      if (about === undefined || about === null) return [];
      return [
        {
          type: crm.contactChanged.type,
          data: {
            contact: about as { vendorId: string },
            change: kind === 'gone' ? 'removed' : 'updated',
            fields: [],
          },
        },
      ];
    },
    ...changes,
  });
}

/** A connector that passes the suite. */
export function toyConnector(
  changes: {
    operations?: readonly Operation[];
    triggers?: readonly Trigger[];
    definition?: Partial<ConnectorDefinition>;
  } = {},
): Connector {
  return defineConnector({
    specVersion: 'v1',
    id: 'toy',
    title: 'Toy',
    domain: 'crm',
    auth: {
      kind: 'oauth2',
      authorizeUrl: 'https://toy.example/authorize',
      tokenUrl: 'https://api.toy.example/token',
      grants: ['authorization_code', 'refresh_token'],
      pkce: 'required',
      clientAuthentication: 'basic',
      tokenBody: 'form',
      scopeStyle: 'request',
      grantedFrom: { kind: 'scope-string', pointer: '/scope', separator: ' ' },
      refresh: { rotates: 'never', oldAccessDies: false, graceSeconds: 0 },
      defaultLifetimeSeconds: null,
      credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
      scopes: {
        'people.read': { reason: 'Reads people and lists changed ones.', always: true },
        'people.write': { reason: 'Creates and changes people.', always: true },
        firms: { reason: 'Finds, creates and changes firms.', always: true },
      },
      secrets: [
        {
          name: 'webhookSecret',
          per: 'connection',
          uses: ['webhook'],
          issuer: 'person',
          overlap: { mode: 'dual', seconds: 60 },
          source,
          verified: true,
        },
      ],
      source,
    },
    egress: ['https://api.toy.example'],
    answers: { message: ['/message'], replayed: { header: 'Toy-Repeated', equals: 'yes' } },
    operations: changes.operations ?? [
      toyUpsertContacts(),
      toyFindContact(),
      toyListChanged(),
      toyUpsertCompanies(),
    ],
    triggers: changes.triggers ?? [toyWebhook()],
    ...changes.definition,
  });
}
