import { manifestOf } from '@onceover/contract';
import { expect, test } from 'vitest';
import { stripe } from './stripe-connector.ts';

// Facts of Stripe's documents that no call shows: the broker reads them, and wrong ones fail late.
const manifest = manifestOf(stripe);

test('calls go to Stripe’s API and nowhere else, with the version that the connector was written for', () => {
  expect(manifest.egress).toEqual(['https://api.stripe.com']);
  expect(manifest.headers).toEqual({ 'Stripe-Version': '2026-10-28.endive' });
});

test('authorisation is a Stripe App’s OAuth: scopes stand in the app, the secret key is the Basic user', () => {
  expect(manifest.auth).toMatchObject({
    authorizeUrl: 'https://marketplace.stripe.com/oauth/v2/authorize',
    tokenUrl: 'https://api.stripe.com/v1/oauth/token',
    issInResponse: false,
    grants: ['authorization_code', 'refresh_token'],
    pkce: 'ignored',
    clientAuthentication: 'secret_as_basic_user',
    tokenBody: 'form',
    scopeStyle: 'app',
    grantedFrom: { kind: 'app' },
    refresh: { rotates: 'always', oldAccessDies: false, graceSeconds: 0 },
    defaultLifetimeSeconds: 3600,
    account: { pointer: '/stripe_user_id' },
    credential: { header: 'Authorization', format: 'Bearer {accessToken}' },
  });
  expect(manifest.auth).not.toHaveProperty('revokeUrl');
});

test('every scope but event_read is some operation’s: without that one no event is delivered', () => {
  const always = Object.entries(manifest.auth.scopes).filter(([, scope]) => scope.always === true);
  expect(always.map(([name]) => name)).toEqual(['event_read']);
});

test('both secrets are issued by a person; while one is rolled the old and the new one hold', () => {
  expect(
    manifest.auth.secrets.map(({ name, per, uses, issuer, overlap }) => ({
      name,
      per,
      uses,
      issuer,
      overlap,
    })),
  ).toEqual([
    {
      name: 'clientSecret',
      per: 'registration',
      uses: ['oauth'],
      issuer: 'person',
      overlap: { mode: 'dual', seconds: 604_800 },
    },
    {
      name: 'webhookSecret',
      per: 'connection',
      uses: ['webhook'],
      issuer: 'person',
      overlap: { mode: 'dual', seconds: 86_400 },
    },
  ]);
});

test('a connection has 100 requests a second, of which 20 may search', () => {
  expect(
    manifest.rateLimits.map(({ per, requests, seconds, calls }) => ({ per, requests, seconds, calls })),
  ).toEqual([
    { per: 'connection', requests: 100, seconds: 1, calls: undefined },
    { per: 'connection', requests: 20, seconds: 1, calls: ['GET /v1/customers/search'] },
  ]);
});

test('an error’s words are the API’s, else the token endpoint’s', () => {
  expect(manifest.answers.message).toEqual(['/error/message', '/error_description']);
});

test('writes are kept single by a key for a day, then by our key in metadata; money may take its time', () => {
  const promises = manifest.operations.flatMap((operation) =>
    operation.kind === 'write'
      ? [[operation.name, operation.guarantee, operation.batch.max, operation.impact, operation.timeoutMs]]
      : [],
  );
  const guarantee = {
    kind: 'idempotencyKey',
    header: 'Idempotency-Key',
    hours: 24,
    then: { kind: 'lookup', field: 'metadata.external_id', lagSeconds: 60 },
  };
  expect(promises).toEqual([
    ['customers.upsert', guarantee, 1, 'write', 30_000],
    ['refunds.create', guarantee, 1, 'money', 80_000],
    [
      'subscriptions.create',
      { ...guarantee, then: { kind: 'lookup', field: 'url', lagSeconds: 0 } },
      1,
      'write',
      30_000,
    ],
    ['subscriptions.remove', { kind: 'naturalKey', field: 'id' }, 1, 'delete', 30_000],
  ]);
});

test('the webhook’s items are whole events of an account, by their id', () => {
  expect(manifest.triggers).toMatchObject([
    {
      kind: 'webhook',
      name: 'webhook',
      key: [{ pointer: '/id' }],
      account: { pointer: '/account' },
      record: [{ pointer: '/data/object/id' }],
      time: { pointer: '/created', unit: 'seconds' },
      echo: { pointer: '/request/idempotency_key', is: 'idempotency-key' },
      signature: { secret: 'webhookSecret' },
      subscription: {
        per: 'connection',
        topics: ['invoice.paid', 'invoice.payment_failed'],
        test: expect.any(String),
      },
    },
  ]);
  expect(manifest.triggers[0]).not.toHaveProperty('hydrate');
});
