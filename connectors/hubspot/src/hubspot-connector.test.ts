import { manifestOf } from '@onceover/contract';
import { expect, test } from 'vitest';
import { hubspot } from './hubspot-connector.ts';

// Facts that no call shows: they are read by the broker, and wrong ones fail late.
const manifest = manifestOf(hubspot);

test('calls go to HubSpot’s API and nowhere else', () => {
  expect(manifest.egress).toEqual(['https://api.hubapi.com']);
});

test('authorisation is HubSpot’s OAuth of version 2026-03, with the secret in the form body', () => {
  expect(manifest.auth).toMatchObject({
    authorizeUrl: 'https://app.hubspot.com/oauth/authorize',
    tokenUrl: 'https://api.hubapi.com/oauth/2026-03/token',
    revokeUrl: 'https://api.hubapi.com/oauth/2026-03/token/revoke',
    revocation: { style: 'rfc7009', ends: 'refresh' },
    introspectUrl: 'https://api.hubapi.com/oauth/2026-03/token/introspect',
    issInResponse: false,
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'accepted',
    clientAuthentication: 'body',
    tokenBody: 'form',
    scopeStyle: 'request',
    grantedFrom: { kind: 'scope-array', pointer: '/scopes' },
    refresh: { rotates: 'sometimes', oldAccessDies: false, graceSeconds: 0 },
    defaultLifetimeSeconds: 1800,
    account: { pointer: '/hub_id' },
    credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
  });
  expect(Object.entries(manifest.auth.scopes).map(([scope, { always = false }]) => [scope, always])).toEqual([
    ['oauth', true],
    ['crm.objects.contacts.read', false],
    ['crm.objects.contacts.write', false],
    ['crm.objects.companies.read', false],
    ['crm.objects.companies.write', false],
  ]);
});

test('one secret of the app serves OAuth and webhooks, is issued by a person and has no overlap', () => {
  expect(manifest.auth.secrets).toMatchObject([
    {
      name: 'clientSecret',
      per: 'registration',
      uses: ['oauth', 'webhook'],
      issuer: 'person',
      overlap: { mode: 'cutover', seconds: 0 },
    },
  ]);
});

test('searches have a budget of their own', () => {
  expect(
    manifest.rateLimits.map(({ per, requests, seconds, calls }) => ({ per, requests, seconds, calls })),
  ).toEqual([
    { per: 'connection', requests: 110, seconds: 10, calls: undefined },
    {
      per: 'connection',
      requests: 5,
      seconds: 1,
      calls: ['POST /crm/objects/2026-03/contacts/search', 'POST /crm/objects/2026-03/companies/search'],
    },
  ]);
  expect(manifest.rateLimits.map(({ headers }) => headers)).toEqual([
    {
      limit: 'X-HubSpot-RateLimit-Max',
      remaining: 'X-HubSpot-RateLimit-Remaining',
      window: { header: 'X-HubSpot-RateLimit-Interval-Milliseconds', unit: 'milliseconds' },
    },
    undefined,
  ]);
});

test('operations promise what HubSpot keeps: contacts by e-mail address, companies by a search that may lag', () => {
  const promises = manifest.operations.flatMap((operation) =>
    operation.kind === 'write'
      ? [[operation.name, operation.guarantee, operation.batch.max, operation.impact, operation.resource]]
      : [],
  );
  expect(promises).toEqual([
    ['contacts.upsert', { kind: 'naturalKey', field: 'email' }, 100, 'write', 'crm.contacts'],
    ['companies.upsert', { kind: 'lookup', field: 'domain', lagSeconds: 60 }, 1, 'write', 'crm.companies'],
  ]);
});

test('the webhook belongs to the app, its items to portals; the poll closes its gaps', () => {
  const [events, contactsChanged] = manifest.triggers;
  expect(events).toMatchObject({
    kind: 'webhook',
    name: 'events',
    items: '',
    key: ['/portalId', '/subscriptionId', '/eventId', '/objectId', '/occurredAt'].map((pointer) => ({
      pointer,
    })),
    account: { pointer: '/portalId' },
    record: [{ pointer: '/objectId' }],
    time: { pointer: '/occurredAt', unit: 'milliseconds' },
    signature: { secret: 'clientSecret', timestamp: { toleranceSeconds: 300 } },
    hydrate: {
      operation: 'contacts.find',
      input: { vendorId: '/objectId' },
      when: {
        pointer: '/subscriptionType',
        oneOf: ['contact.creation', 'contact.propertyChange', 'contact.merge', 'contact.restore'],
      },
    },
    echo: { pointer: '/sourceId', is: 'app' },
    subscription: {
      per: 'registration',
      manual: expect.arrayContaining([expect.stringContaining('target URL')]),
      test: expect.stringContaining('Change a contact'),
    },
  });
  // Its own id: a poll's event of the same change is another one.
  expect(events).not.toHaveProperty('eventId');
  expect(contactsChanged).toMatchObject({
    kind: 'poll',
    name: 'contactsChanged',
    operation: 'contacts.listChanged',
    everySeconds: 900,
    eventId: ['/vendorId', '/updatedAt'],
    record: ['/vendorId'],
    time: { pointer: '/updatedAt', unit: 'rfc3339' },
    reconciles: 'events',
  });
});
