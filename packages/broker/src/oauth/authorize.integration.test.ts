import type { AuthInput } from '@onceover/contract';
import { findGrant, insertAuthorization, listConnections } from '@onceover/store';
import { readTable } from '@onceover/store/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { type OAuthKit, openOAuthKit } from '../testing/oauth-kit.fixture.ts';
import { publicUrl } from '../testing/oauth-person.fixture.ts';
import { browse } from '../testing/oauth-vendor.fixture.ts';
import { digestOf } from './authorization-secrets.ts';

let kit: OAuthKit;
afterEach(() => kit?.[Symbol.asyncDispose]());

const asked = { tenant: 'default', connection: 'billing', by: 'maria' };
const listed = async () => (await listConnections(kit.store, 'default')).find(({ id }) => id === 'billing');

test('a person authorises a connection, and calls go out with its token', async () => {
  kit = await openOAuthKit();
  expect(await kit.status()).toBe('no_credential');
  expect(await kit.connect()).toBeNull();
  expect(await kit.status()).toBe(200);
  expect(kit.vendor.tokenCalls).toEqual([{ grantType: 'authorization_code', status: 200 }]);
  expect(await listed()).toMatchObject({
    status: 'authorized',
    authorizedBy: 'test',
    grantedScopes: ['orders.read', 'orders.write'],
    missingScopes: [],
    excessScopes: [],
  });
  expect(await findGrant(kit.store, 'billing')).toMatchObject({
    version: 1,
    origin: 'https://eu.vendor.example',
  });
  const entries = await readTable(kit.database, 'audit_entries');
  expect(entries.map(({ kind }) => kind)).toContain('connection-authorized');
});

test('PKCE is always sent, and the answer is good for the browser and the registration that began it, once', async () => {
  kit = await openOAuthKit();
  const { oauth } = kit.broker;
  const { ticket } = await oauth.begin(asked);
  const { redirectTo, cookie } = await oauth.start({ ticket, publicUrl });
  await expect(oauth.start({ ticket, publicUrl })).rejects.toMatchObject({ code: 'ticket_invalid' });
  const back = await browse(redirectTo, publicUrl);
  const query = back.search.slice(1);
  const cookies = { [cookie.name]: cookie.value };
  const invalid = { code: 'state_invalid' };
  const callback = { registration: 'app', query, cookies, publicUrl };
  await expect(oauth.complete({ ...callback, cookies: {} })).rejects.toMatchObject(invalid);
  await expect(oauth.complete({ ...callback, cookies: { [cookie.name]: 'x' } })).rejects.toMatchObject(
    invalid,
  );
  await expect(oauth.complete({ ...callback, registration: 'other' })).rejects.toMatchObject(invalid);
  const otherState = query.replace(/state=[^&]+/, 'state=made-up');
  await expect(oauth.complete({ ...callback, query: otherState })).rejects.toMatchObject(invalid);
  // Nothing of that has used it up.
  expect(await oauth.complete(callback)).toMatchObject({ connection: 'billing', failure: null });
  await expect(oauth.complete(callback)).rejects.toMatchObject(invalid);
  expect(new URL(redirectTo).searchParams.get('code_challenge_method')).toBe('S256');
  expect(kit.vendor.bodies.join()).toContain('code_verifier=');
  // Rows keep digests alone.
  const rows = JSON.stringify(await readTable(kit.database, 'authorizations'));
  for (const token of [ticket, cookie.value, back.searchParams.get('state') ?? '?'])
    expect(rows).not.toContain(token);
});

test('a ticket that is too old is not accepted', async () => {
  kit = await openOAuthKit();
  await insertAuthorization(kit.store, {
    id: crypto.randomUUID(),
    tenant: 'default',
    connection: 'billing',
    registration: 'app',
    requestedBy: 'test',
    requestedScopes: [],
    ticketDigest: digestOf('ticket'),
    lifeSeconds: -1,
  });
  const { oauth } = kit.broker;
  await expect(oauth.start({ ticket: 'ticket', publicUrl })).rejects.toMatchObject({
    code: 'ticket_invalid',
  });
});

test('two authorisations of one browser do not disturb each other', async () => {
  kit = await openOAuthKit();
  const { oauth } = kit.broker;
  const started = await Promise.all(
    [1, 2].map(async () => oauth.start({ ticket: (await oauth.begin(asked)).ticket, publicUrl })),
  );
  const cookies = Object.fromEntries(started.map(({ cookie }) => [cookie.name, cookie.value]));
  for (const { redirectTo } of started.toReversed()) {
    const query = (await browse(redirectTo, publicUrl)).search.slice(1);
    expect(await oauth.complete({ registration: 'app', query, cookies, publicUrl })).toMatchObject({
      failure: null,
    });
  }
  expect(await kit.status()).toBe(200);
});

test('what a person who authorises twice leaves behind: the newest grant is used', async () => {
  kit = await openOAuthKit();
  await kit.connect();
  expect(await kit.status()).toBe(200);
  await kit.connect();
  expect(await kit.status()).toBe(200);
  expect(await findGrant(kit.store, 'billing')).toMatchObject({ version: 2, lastVersion: 2 });
  const tokens = kit.vendor.apiCalls.map(({ headers }) => headers.authorization);
  expect(new Set(tokens).size).toBe(2);
});

test('an authorisation tells how it stands', async () => {
  kit = await openOAuthKit();
  const { oauth } = kit.broker;
  const { id, ticket } = await oauth.begin(asked);
  const status = async () => (await oauth.describe({ ...asked, id })).status;
  expect(await status()).toBe('waiting');
  const { redirectTo, cookie } = await oauth.start({ ticket, publicUrl });
  expect(await status()).toBe('started');
  const query = (await browse(redirectTo, publicUrl)).search.slice(1);
  await oauth.complete({ registration: 'app', query, cookies: { [cookie.name]: cookie.value }, publicUrl });
  expect(await status()).toBe('authorized');
  const unknown = { code: 'authorization_unknown' };
  await expect(oauth.describe({ ...asked, tenant: 'rival', id })).rejects.toMatchObject(unknown);
  await expect(oauth.describe({ ...asked, id: 'nothing' })).rejects.toMatchObject(unknown);
});

describe('what the vendor names in its answer', () => {
  const issuer: Partial<AuthInput> = { issuer: 'https://{region}.vendor.example', issInResponse: true };

  test('iss is held against the issuer where the metadata promises it', async () => {
    kit = await openOAuthKit({}, { auth: issuer });
    expect(await kit.connect()).toBeNull();
  });

  test.for([
    ['absent', (query: string) => query.replace(/&?iss=[^&]+/, '')],
    ['another one', (query: string) => query.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example')],
  ] as const)('iss %s: the code is not exchanged', async ([, change]) => {
    kit = await openOAuthKit({}, { auth: issuer });
    const { oauth } = kit.broker;
    const { ticket } = await oauth.begin(asked);
    const { redirectTo, cookie } = await oauth.start({ ticket, publicUrl });
    const query = change((await browse(redirectTo, publicUrl)).search.slice(1));
    const cookies = { [cookie.name]: cookie.value };
    const { failure } = await oauth.complete({ registration: 'app', query, cookies, publicUrl });
    expect(failure).toMatch(/not accepted/);
    expect(kit.vendor.tokenCalls).toEqual([]);
    expect(await kit.status()).toBe('no_credential');
  });

  test('scopes that are missing and scopes that are too many are named, with the operations', async () => {
    kit = await openOAuthKit({ grants: ['orders.read'], adds: ['orders.admin'] });
    await kit.connect();
    expect(await listed()).toMatchObject({
      grantedScopes: ['orders.admin', 'orders.read'],
      missingScopes: [{ scope: 'orders.write', operations: ['orders.create', 'probe.write', 'probe.brief'] }],
      excessScopes: ['orders.admin'],
    });
    expect(await kit.status()).toBe(200);
    const { reply } = await kit.call(kit.broker, {
      operation: 'orders.create',
      input: undefined as never, // A write has records instead.
      records: [{ record: { number: '1', total: '1.00' }, naturalKey: '1', effectKey: 'effect-1' }],
    });
    expect(reply).toMatchObject({ kind: 'error', error: { code: 'scope_not_granted' } });
  });

  test('where introspection tells the scopes, it is asked', async () => {
    kit = await openOAuthKit(
      { grants: ['orders.read'] },
      {
        auth: {
          introspectUrl: 'https://{region}.vendor.example/introspect',
          grantedFrom: { kind: 'introspection', pointer: '/scope' },
        },
      },
    );
    expect(await kit.connect()).toBeNull();
    expect(await listed()).toMatchObject({ grantedScopes: ['orders.read'] });
  });

  test('where scopes are the app’s, none is asked for, and nothing is known of what was granted', async () => {
    kit = await openOAuthKit({}, { auth: { scopeStyle: 'app', grantedFrom: { kind: 'app' } } });
    const { ticket } = await kit.broker.oauth.begin(asked);
    const { redirectTo } = await kit.broker.oauth.start({ ticket, publicUrl });
    expect(new URL(redirectTo).searchParams.has('scope')).toBe(false);
  });

  const account = { pointer: '/account_id' };

  test('the account is pinned when nobody has named one, and survives the next start', async () => {
    kit = await openOAuthKit({ extra: { account_id: 4711 } }, { auth: { account } });
    await kit.connect();
    expect(await listed()).toMatchObject({ account: '4711' });
    await kit.reconfigure();
    expect(await listed()).toMatchObject({ account: '4711' });
    expect(await kit.status()).toBe(200);
  });

  test('another account than the connection is for: refused, and what was given is revoked', async () => {
    kit = await openOAuthKit(
      { extra: { account_id: 'theirs' } },
      { auth: { account }, connection: { account: 'ours' } },
    );
    expect(await kit.connect()).toMatch(/account theirs was authorised.*is for ours/);
    expect(await kit.status()).toBe('no_credential');
    expect(kit.vendor.bodies.at(-1)).toMatch(/^token=|&token=/);
  });

  const instanceUrl = { pointer: '/instance_url', suffixes: ['.instances.vendor.example'] };

  test('a host that the manifest allows is pinned: calls go there, whatever a refresh says', async () => {
    kit = await openOAuthKit(
      { extra: { instance_url: 'https://na1.instances.vendor.example' } },
      { auth: { instanceUrl } },
    );
    expect(await kit.connect()).toBeNull();
    expect(await findGrant(kit.store, 'billing')).toMatchObject({
      origin: 'https://na1.instances.vendor.example',
    });
    const requests = [{ method: 'POST', path: '/orders', json: {} }];
    const { write } = await kit.call(kit.broker, {
      operation: 'probe.write',
      mode: 'plan',
      input: undefined as never, // A write has records instead.
      records: [{ record: { requests }, naturalKey: '1', effectKey: 'effect-1' }],
    });
    expect(write).toMatchObject({ write: { origin: 'https://na1.instances.vendor.example' } });
    kit.vendor.profile = { extra: { instance_url: 'https://na2.instances.vendor.example' } };
    kit.vendor.expireAccessTokens();
    expect(await kit.status()).toBe(200);
    expect(await findGrant(kit.store, 'billing')).toMatchObject({
      version: 2,
      origin: 'https://na1.instances.vendor.example',
    });
    expect(kit.logged.join()).toContain('another host than the pinned one');
  });

  test.for([
    'https://evil.example',
    'https://na1.instances.vendor.example.evil.example',
    'http://na1.instances.vendor.example',
    'https://na1.instances.vendor.example:8443',
    'https://na1.instances.vendor.example@evil.example',
    'https://na1.instances.vendor.example/path',
    'nonsense',
  ])('the host %s is not pinned', async (instance) => {
    kit = await openOAuthKit({ extra: { instance_url: instance } }, { auth: { instanceUrl } });
    expect(await kit.connect()).toMatch(/does not end in/);
    expect(await kit.status()).toBe('no_credential');
  });
});

describe('what a connection must have', () => {
  test.for([
    ['no registration', { connection: { registration: undefined } }, 'registration_missing'],
    ['no client secret', { registration: { clientSecret: undefined } }, 'client_secret_missing'],
    [
      'a credential in the config',
      { connection: { credentials: { accessToken: 'x' } } },
      'credentials_in_config',
    ],
    ['a vendor without a consent page', { auth: { grants: ['client_credentials'] } }, 'grant_not_available'],
  ] as const)('%s: it cannot be authorised, and why', async ([, options, code]) => {
    kit = await openOAuthKit({}, options as object);
    await expect(kit.broker.oauth.begin(asked)).rejects.toMatchObject({ name: 'ConflictError', code });
  });

  test('a token goes nowhere but where it was given for: a changed config needs a new authorisation', async () => {
    kit = await openOAuthKit();
    await kit.connect();
    expect(await kit.status()).toBe(200);
    await kit.reconfigure({ variables: { region: 'us' } });
    expect(await kit.status()).toBe('needs_reauthorization');
    await kit.reconfigure({ variables: { region: 'eu' } });
    expect(await kit.status()).toBe(200);
  });
});

describe('client authentication and bodies', () => {
  test('client credentials: authorised without a person, and renewed with them', async () => {
    const grants = ['client_credentials', 'authorization_code'] as const;
    kit = await openOAuthKit({}, { auth: { grants: [...grants] } });
    await kit.broker.oauth.authorizeClient(asked);
    expect(await kit.status()).toBe(200);
    kit.vendor.expireAccessTokens();
    expect(await kit.status()).toBe(200);
    expect(kit.vendor.tokenCalls.map(({ grantType }) => grantType)).toEqual(
      Array(2).fill('client_credentials'),
    );
  });

  test('while a client secret is rotated the older one is tried, too', async () => {
    kit = await openOAuthKit();
    await kit.connect();
    const { vault } = kit.broker;
    const owner = { kind: 'registration', id: 'app', tenant: 'default', connector: 'example' } as const;
    const { Secret } = await import('../secret.ts');
    await vault.put(owner, 'clientSecret', new Secret('the vendor does not know it yet'), { putBy: 'test' });
    kit.vendor.expireAccessTokens();
    expect(await kit.status()).toBe(200);
    expect(kit.vendor.tokenCalls.map(({ status }) => status)).toEqual([200, 401, 200]);
  });
});
