import { manifestOf } from '@onceover/contract';
import { expect, test } from 'vitest';
import { zendesk } from './zendesk-connector.ts';

// Facts of Zendesk's documents that no call shows: the broker reads them, and wrong ones fail late.
const manifest = manifestOf(zendesk);

test('calls go to the account’s own host and nowhere else', () => {
  expect(manifest.egress).toEqual(['https://{subdomain}.zendesk.com']);
  expect(manifest.headers).toEqual({});
});

test('a subdomain is one label of a host name', () => {
  const pattern = new RegExp(manifest.variables['subdomain']?.pattern ?? '');
  for (const good of ['acme', 'a', 'a-1', '4you', 'a'.repeat(63)]) expect(good).toMatch(pattern);
  for (const bad of ['', '-acme', 'acme-', 'Acme', 'a.b', 'a/b', 'acme\n', 'a'.repeat(64)]) {
    expect(bad).not.toMatch(pattern);
  }
});

test('authorisation is the account’s own OAuth, parameters as JSON; a refresh ends what came before', () => {
  expect(manifest.auth).toMatchObject({
    authorizeUrl: 'https://{subdomain}.zendesk.com/oauth/authorizations/new',
    tokenUrl: 'https://{subdomain}.zendesk.com/oauth/tokens',
    revokeUrl: 'https://{subdomain}.zendesk.com/api/v2/oauth/tokens/current',
    revocation: { style: 'delete', ends: 'all', proof: '/api/v2/oauth/tokens/current' },
    issInResponse: false,
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
    pkce: 'accepted',
    clientAuthentication: 'body',
    tokenBody: 'json',
    scopeStyle: 'request',
    grantedFrom: { kind: 'scope-string', pointer: '/scope', separator: ' ' },
    refresh: { rotates: 'always', oldAccessDies: true, graceSeconds: 0 },
    defaultLifetimeSeconds: 1800,
    credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
  });
  const scopes = Object.entries(manifest.auth.scopes).map(([name, { always = false }]) => [name, always]);
  expect(scopes).toEqual([
    ['users:read', false],
    ['users:write', false],
    ['tickets:read', false],
    ['tickets:write', false],
    ['webhooks:read', false],
    ['webhooks:write', false],
  ]);
});

test('a person issues the client secret, Zendesk the signing secret; the old one ends when the new one is made', () => {
  const overlap = { mode: 'cutover', seconds: 0 };
  expect(manifest.auth.secrets).toEqual([
    expect.objectContaining({
      name: 'clientSecret',
      per: 'registration',
      uses: ['oauth'],
      issuer: 'person',
      overlap,
    }),
    expect.objectContaining({
      name: 'webhookSecret',
      per: 'connection',
      uses: ['webhook'],
      issuer: 'vendor',
      overlap,
    }),
  ]);
});

test('two hundred requests a minute, or what the answers tell of the account; a hundred updates of tickets', () => {
  expect(
    manifest.rateLimits.map(({ per, requests, seconds, calls }) => ({ per, requests, seconds, calls })),
  ).toEqual([
    { per: 'connection', requests: 200, seconds: 60, calls: undefined },
    { per: 'connection', requests: 100, seconds: 60, calls: ['PUT /api/v2/tickets/{id}'] },
  ]);
  expect(manifest.rateLimits.map(({ headers }) => headers)).toEqual([
    {
      limit: 'X-Rate-Limit',
      remaining: 'X-Rate-Limit-Remaining',
      reset: { header: 'ratelimit-reset', unit: 'seconds' },
    },
    undefined,
  ]);
});

test('an error’s words are looked for where each of Zendesk’s forms has them, the plainest first', () => {
  expect(manifest.answers.message).toEqual([
    '/description',
    '/error_description',
    '/error/message',
    '/errors/0/title',
    '/error',
  ]);
});

test('writes are kept single by e-mail address, by a key of two hours, by our reference, by URL', () => {
  const promises = manifest.operations.flatMap((operation) =>
    operation.kind === 'write'
      ? [[operation.name, operation.guarantee, operation.batch.max, operation.impact]]
      : [],
  );
  expect(promises).toEqual([
    ['users.upsert', { kind: 'naturalKey', field: 'email' }, 1, 'write'],
    [
      'tickets.upsert',
      {
        kind: 'idempotencyKey',
        header: 'Idempotency-Key',
        hours: 2,
        then: { kind: 'lookup', field: 'external_id', lagSeconds: 60 },
      },
      1,
      'write',
    ],
    [
      'comments.create',
      { kind: 'lookup', field: 'metadata.custom.onceover_reference', lagSeconds: 0 },
      1,
      'message',
    ],
    ['subscriptions.create', { kind: 'lookup', field: 'endpoint', lagSeconds: 0 }, 1, 'write'],
    ['subscriptions.remove', { kind: 'naturalKey', field: 'id' }, 1, 'delete'],
  ]);
});

test('the webhook is the account’s own, of the two events, and its secret is told on request', () => {
  expect(manifest.triggers[0]).toMatchObject({
    subscription: {
      per: 'connection',
      topics: ['zen:event-type:ticket.created', 'zen:event-type:ticket.priority_changed'],
      tellSecret: 'subscriptions.tellSecret',
      test: expect.stringContaining('Open a ticket'),
    },
  });
});

test('the webhook’s ticket events are hydrated, others are not', () => {
  expect(manifest.triggers).toMatchObject([
    {
      kind: 'webhook',
      name: 'webhook',
      signature: { secret: 'webhookSecret', timestamp: { toleranceSeconds: 300 } },
      hydrate: {
        operation: 'tickets.get',
        input: { vendorId: '/detail/id' },
        when: {
          pointer: '/type',
          oneOf: ['zen:event-type:ticket.created', 'zen:event-type:ticket.priority_changed'],
        },
      },
    },
  ]);
});
