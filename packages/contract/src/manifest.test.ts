import { expect, test } from 'vitest';
import { crm } from './domains/index.ts';
import { findOperation, findWebhook, type Manifest, manifestSchema } from './manifest.ts';
import { manifestOf } from './manifest-of.ts';
import { exampleDefinition } from './testing/example-definition.ts';

/** The example's manifest with a change, as the strict reader sees it: where it is wrong, and what it says. */
function problems(change: (draft: Record<string, unknown>) => void): readonly string[] {
  const draft = structuredClone(manifestOf(exampleDefinition())) as unknown as Record<string, unknown>;
  change(draft);
  const parsed = manifestSchema.safeParse(draft);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('/')}: ${message}`);
}

/** Sets a place of the draft by its path. */
function set(path: string, value: unknown): (draft: Record<string, unknown>) => void {
  return (draft) => {
    const names = path.split('/');
    const last = names.pop() ?? '';
    const parent = names.reduce<Record<string, unknown>>(
      (place, name) => place[name] as Record<string, unknown>,
      draft,
    );
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  };
}

const plainSignature = {
  algorithm: 'sha256',
  encoding: 'hex',
  header: 'X-Signature',
  format: { kind: 'plain' },
  secret: 'webhookSecret',
};

const poll = {
  kind: 'poll',
  name: 'changes',
  summary: 'Changed contacts.',
  source: 'https://vendor.example/docs',
  events: ['crm.contact-changed.v1'],
  eventId: ['/id'],
  operation: 'contacts.count',
  everySeconds: 300,
  record: ['/id'],
  time: { pointer: '/at', unit: 'rfc3339' },
};

test('manifestSchema: the example is valid, and parsing it again changes nothing', () => {
  expect(problems(() => undefined)).toEqual([]);
  const once = manifestSchema.parse(manifestOf(exampleDefinition()));
  expect(manifestSchema.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
});

test.each<[string, unknown, string]>([
  ['operations/1/name', 'contacts.upsert', 'operations/1/name: is used twice'],
  ['operations/1/scopes', ['contacts.read'], 'operations/1/scopes: contacts.read is not among auth.scopes'],
  [
    'auth/scopes/contacts.read',
    { reason: 'Reads contacts for us.' },
    'auth/scopes/contacts.read: no operation uses this scope',
  ],
  [
    'auth/grantedFrom',
    { kind: 'probe', operation: 'contacts.upsert' },
    'auth/grantedFrom/operation: must name a read operation',
  ],
  ['triggers/0/signature/secret', 'other', 'triggers/0/signature/secret: must name one of auth.secrets'],
  ['triggers/0/signature/signed', ['url'], 'triggers/0/signature/signed: must hold the body'],
  [
    'triggers/0/signature/signed',
    ['body', 'timestamp'],
    'triggers/0/signature/timestamp: is signed but not declared',
  ],
  [
    'triggers/0/signature/timestamp',
    { header: 'X-Time', unit: 'seconds', toleranceSeconds: 300 },
    'triggers/0/signature/signed: must hold the timestamp that is declared',
  ],
  [
    'triggers/0/signature',
    {
      ...plainSignature,
      signed: ['timestamp', 'body'],
      timestamp: { unit: 'seconds', toleranceSeconds: 300 },
    },
    'triggers/0/signature/timestamp: must name its header',
  ],
  [
    'triggers/0/hydrate',
    { operation: 'contacts.upsert', input: {} },
    'triggers/0/hydrate/operation: must name a read operation',
  ],
  ['triggers/1', { ...poll, name: 'events', because: 'no webhook' }, 'triggers/1/name: is used twice'],
  [
    'operations/0/withholds',
    [{ pointer: '/secret', secret: 'other' }],
    'operations/0/withholds: other is not one of auth.secrets',
  ],
  ['triggers/1', poll, 'triggers/1: a poll states either because or reconciles'],
  [
    'triggers/1',
    { ...poll, because: 'no webhook', reconciles: 'events' },
    'triggers/1: a poll states either because or reconciles',
  ],
  ['triggers/1', { ...poll, reconciles: 'changes' }, 'triggers/1/reconciles: must name a webhook'],
  [
    'triggers/1',
    { ...poll, because: 'no webhook', operation: 'contacts.upsert' },
    'triggers/1/operation: must name a read operation',
  ],
  [
    'egress',
    ['https://{subdomain}.vendor.example'],
    'variables: {subdomain} is used in a URL but not declared',
  ],
  ['auth/revokeUrl', 'https://{region}.vendor.example/revoke', 'variables: {region} is used in a URL'],
  ['rotation', { apiKey: { hooks: ['create'] } }, 'rotation/apiKey: must name one of auth.secrets'],
])('manifestSchema: %s = %j is inconsistent', (path, value, problem) => {
  expect(problems(set(path, value))).toEqual([expect.stringContaining(problem)]);
});

test.each<[string, unknown]>([
  ['specVersion', 'v2'],
  ['id', 'Example'],
  ['id', ''],
  ['domain', 'crm2'],
  ['surprise', 1],
  ['egress/0', 'http://api.vendor.example'],
  ['egress/0', 'https://api.vendor.example/path'],
  ['egress/0', 'https://localhost'],
  ['egress/0', 'https://user@api.vendor.example'],
  ['egress/0', 'https://api.vendor.example:8443'],
  ['auth/tokenUrl', 'http://vendor.example/token'],
  ['auth/grants', ['password']],
  ['auth/credential/format', 'Bearer'],
  ['auth/scopes/contacts.write/reason', 'short'],
  ['auth/secrets/0/issuer', 'somebody'],
  ['operations/0/writes', []],
  ['operations/0/writes/0', 'POST /a/../b'],
  ['operations/0/batch/max', 0],
  ['operations/0/impact', 'read'],
  ['operations/0/naturalKey', []],
  ['operations/0/timeoutMs', 600_000],
  ['operations/0/source', 'docs'],
  ['operations/1/impact', 'write'],
  ['triggers/0/events', ['crm.contact-changed']],
  ['triggers/0/key', []],
  ['triggers/0/signature/algorithm', 'md5'],
  ['triggers/0/signature/algorithm', 'none'],
  ['triggers/0/items', 'items'],
])('manifestSchema: %s = %j is not allowed, and the error says where', (path, value) => {
  const where = problems(set(path, value));
  expect(where.length).toBeGreaterThan(0);
  const parent = path
    .split('/')
    .slice(0, path === 'surprise' ? 0 : 2)
    .join('/');
  expect(where.every((problem) => problem.startsWith(parent) || problem.startsWith(':'))).toBe(true);
});

test('manifestSchema: a rate limit is declared once for its owner, window and calls, and its costs fit in', () => {
  const limit = { per: 'connection', requests: 10, seconds: 1, source: 'https://x.example', verified: true };
  const call = 'POST /contacts';
  const full = {
    ...limit,
    calls: [call],
    costs: [{ call, requests: 5 }],
    headers: { limit: 'X-Limit', reset: { header: 'X-Reset', unit: 'seconds' } },
  };
  expect(problems(set('rateLimits', [limit, full]))).toEqual([]);
  expect(problems(set('rateLimits', [limit, { ...limit, requests: 20 }]))).toEqual([
    expect.stringMatching(/^rateLimits\/1.*declared twice/),
  ]);
  expect(problems(set('rateLimits', [{ ...full, costs: [{ call, requests: 11 }] }]))).toEqual([
    expect.stringMatching(/costs more than the window allows/),
  ]);
  expect(problems(set('rateLimits', [{ ...full, costs: [{ call: 'GET /other', requests: 1 }] }]))).toEqual([
    expect.stringMatching(/must be one of the calls that count/),
  ]);
});

test('manifestSchema: a signed timestamp may be named by its header', () => {
  expect(
    problems((draft) => {
      set('triggers/0/signature/signed', [{ header: 'X-TIME' }, 'body'])(draft);
      set('triggers/0/signature/timestamp', { header: 'x-time', unit: 'rfc3339', toleranceSeconds: 300 })(
        draft,
      );
    }),
  ).toEqual([]);
});

test('manifestSchema: a scope that the vendor always wants needs no operation', () => {
  expect(problems(set('auth/scopes/oauth', { reason: 'Every grant needs it.', always: true }))).toEqual([]);
});

test('manifestOf: code leaves no trace, defaults are written out', () => {
  const manifest = manifestSchema.parse(manifestOf(exampleDefinition()));
  expect(JSON.stringify(manifest)).not.toMatch(/normalize|"run"/);
  expect(manifest).toMatchObject({
    variables: {},
    headers: {},
    rateLimits: [],
    rotation: {},
    deprecations: [],
    operations: [{ batch: { max: 1 }, reach: 1, timeoutMs: 30_000, requestHeaders: [] }, {}],
  });
});

test('manifestOf: rotation is told by the names of its hooks, and by all that they may do', () => {
  const hooks = { test: async () => ({ principal: 'x' }), revoke: async () => undefined };
  const webhookSecret = { hooks, reads: ['GET /me'], writes: ['DELETE /secrets/{id}'] } as const;
  expect(manifestOf({ ...exampleDefinition(), rotation: { webhookSecret } }).rotation).toEqual({
    webhookSecret: { hooks: ['revoke', 'test'], reads: ['GET /me'], writes: ['DELETE /secrets/{id}'] },
  });
});

const call = 'POST /secrets';
const place = { call, pointer: '/value' };
const vendorIssued = { hooks: ['create'], writes: [call], withholds: [place] };

test.each<[name: string, issuer: string, rotation: Record<string, object>, problem: string]>([
  ['a vendor’s secret without a rotation', 'vendor', {}, 'auth/secrets/0/issuer: vendor: rotation.webhookS'],
  ['a runtime’s that is not set', 'runtime', { webhookSecret: { hooks: ['test'] } }, 'hooks: set is there'],
  ['a runtime’s that goes nowhere', 'runtime', { webhookSecret: { hooks: ['set'] } }, 'placed: must say'],
  ['a person’s that is minted', 'person', { webhookSecret: vendorIssued }, 'hooks: create is there'],
  [
    'a minted one that is not found',
    'vendor',
    { webhookSecret: { hooks: ['create'] } },
    'withholds: must say',
  ],
  [
    'a call that nobody makes',
    'vendor',
    { webhookSecret: { ...vendorIssued, writes: [] } },
    'withholds/0/call: must be one of reads and writes',
  ],
  [
    'a place in a call that nobody makes',
    'runtime',
    { webhookSecret: { hooks: ['set'], placed: [place] } },
    'placed/0/call: must be one of writes',
  ],
  [
    'a scope without a reason',
    'vendor',
    { webhookSecret: { ...vendorIssued, scopes: ['x'] } },
    'scopes: x is',
  ],
  ['a secret that there is not', 'person', { other: { hooks: ['test'] } }, 'rotation/other: must name one'],
])('manifestSchema: refuses %s', (_name, issuer, rotation, problem) => {
  const found = problems((draft) => {
    set('auth/secrets/0/issuer', issuer)(draft);
    set('rotation', rotation)(draft);
  });
  expect(found).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
});

test('manifestSchema: a secret that calls carry can be tested', () => {
  const found = problems(set('auth/secrets/0/uses', ['api']));
  expect(found).toEqual([expect.stringMatching(/^auth\/secrets\/0\/uses: api: .* must have test/)]);
});

test('findOperation: by the connector’s own name and by the domain’s', () => {
  const manifest: Manifest = manifestSchema.parse(manifestOf(exampleDefinition()));
  expect(findOperation(manifest, crm.contacts.upsert.name)).toBe(manifest.operations[0]);
  expect(findOperation(manifest, 'contacts.upsert')).toBe(manifest.operations[0]);
  expect(findOperation(manifest, 'contacts.erase')).toBeUndefined();
  expect(findWebhook(manifest)?.name).toBe('events');
  expect(findWebhook({ ...manifest, triggers: [] })).toBeUndefined();
});
