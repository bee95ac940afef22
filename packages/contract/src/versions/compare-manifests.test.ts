import { expect, test } from 'vitest';
import { type Manifest, manifestSchema } from '../manifest.ts';
import { manifestOf } from '../manifest-of.ts';
import { exampleDefinition } from '../testing/example-definition.ts';
import { compareManifests } from './compare-manifests.ts';
import { type Bump, bumpOf, type ChangeArea } from './manifest-change.ts';

const base = manifestSchema.parse(manifestOf(exampleDefinition()));
const other = 'https://other.example';

/** The example's manifest with another value at a place; undefined takes it away. */
function withChange(path: string, value: unknown): Manifest {
  const draft = structuredClone(base) as unknown as Record<string, unknown>;
  const names = path.split('/');
  const last = names.pop() ?? '';
  const parent = names.reduce((place, name) => place[name] as Record<string, unknown>, draft);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  // Not parsed: also what the schema would refuse must be seen.
  return draft as unknown as Manifest;
}

/** A secret's rotation that does nothing but what is given. */
const rotation = (change: object) => ({
  hooks: [],
  scopes: [],
  reads: [],
  writes: [],
  withholds: [],
  placed: [],
  ...change,
});

const [upsert, count] = base.operations;
const record = upsert?.kind === 'write' ? upsert.record : {};

const cases: readonly [path: string, value: unknown, area: ChangeArea, widens: boolean, bump: Bump][] = [
  ['title', 'Another', 'fact', false, 'patch'],
  ['egress', ['https://api.vendor.example', other], 'host', true, 'minor'],
  ['egress', [other], 'host', true, 'minor'],
  ['auth/tokenUrl', `${other}/token`, 'host', true, 'minor'],
  ['auth/issuer', other, 'host', true, 'minor'],
  ['auth/credential/header', 'X-Token', 'credential', true, 'minor'],
  ['auth/scopes/contacts.delete', { reason: 'Takes contacts away.' }, 'scope', true, 'minor'],
  ['auth/scopes/contacts.write/always', true, 'scope', true, 'minor'],
  ['auth/scopes/contacts.write/reason', 'For another reason now.', 'scope', false, 'patch'],
  ['auth/secrets/0/uses', ['webhook', 'oauth'], 'secret', true, 'minor'],
  ['auth/secrets/0/page', `${other}/page`, 'fact', false, 'patch'],
  ['auth/refresh/graceSeconds', 60, 'credential', false, 'patch'],
  ['headers', { 'X-HTTP-Method-Override': 'DELETE' }, 'call', true, 'minor'],
  ['operations/0/writes', ['POST /contacts', 'DELETE /contacts/{id}'], 'call', true, 'minor'],
  ['operations/0/reads', ['GET /contacts/count'], 'call', true, 'minor'],
  ['operations/0/requestHeaders', ['X-Extra'], 'call', true, 'minor'],
  ['operations/1/scopes', ['contacts.write'], 'scope', true, 'minor'],
  ['operations/0/impact', 'delete', 'impact', true, 'major'],
  ['operations/0/reach', { pointer: '/people' }, 'reach', true, 'minor'],
  ['operations/0/batch/max', 100, 'reach', true, 'minor'],
  ['operations/0/guarantee', { kind: 'none' }, 'guarantee', true, 'major'],
  ['operations/0/guarantee', { kind: 'lookup', field: 'x', lagSeconds: 1 }, 'guarantee', true, 'major'],
  ['operations/0/naturalKey', [{ pointer: '/phone', canonical: 'exact' }], 'guarantee', true, 'major'],
  ['operations/0/timeoutMs', 1000, 'fact', false, 'patch'],
  ['operations/0/withholds', [{ pointer: '/x', secret: 'webhookSecret' }], 'secret', true, 'major'],
  ['triggers/0/subscription', { manual: ['Other words.'] }, 'trigger', false, 'patch'],
  ['triggers/0/subscription', { per: 'connection', topics: ['x'], list: 'l' }, 'trigger', true, 'minor'],
  ['operations', [upsert], 'operation', false, 'major'],
  ['operations', [upsert, count, { ...count, name: 'contacts.countAgain' }], 'operation', false, 'minor'],
  ['operations', [upsert, count, { ...count, name: 'x.y', reads: ['GET /all'] }], 'operation', true, 'minor'],
  ['operations', [upsert, count, { ...upsert, name: 'contacts.replace' }], 'operation', true, 'minor'],
  ['operations/0/record', { ...record, required: ['email', 'phone'] }, 'schema', false, 'major'],
  ['triggers', [], 'trigger', false, 'major'],
  ['triggers/0/signature/signed', ['method', 'body'], 'signature', true, 'major'],
  ['triggers/0/key', [{ pointer: '/other' }], 'trigger', true, 'major'],
  ['triggers/0/echo', { pointer: '/by', is: 'identity' }, 'trigger', true, 'major'],
  ['rotation', { webhookSecret: rotation({ hooks: ['create'] }) }, 'secret', true, 'minor'],
  ['rotation', { webhookSecret: rotation({ writes: ['POST /secrets'] }) }, 'secret', true, 'minor'],
  ['rotation', { webhookSecret: rotation({ scopes: ['webhooks:write'] }) }, 'secret', true, 'minor'],
  [
    'rotation',
    { webhookSecret: rotation({ withholds: [{ call: 'POST /secrets', pointer: '/value' }] }) },
    'secret',
    true,
    'minor',
  ],
  [
    'rotation',
    { webhookSecret: rotation({ placed: [{ call: 'POST /secrets', pointer: '/value' }] }) },
    'secret',
    true,
    'minor',
  ],
  [
    'rateLimits',
    [{ per: 'connection', requests: 1, seconds: 1, source: other, verified: true }],
    'fact',
    false,
    'patch',
  ],
];

test.each(cases)('compare: %s → %j', (path, value, area, widens, bump) => {
  const changes = compareManifests(base, withChange(path, value));
  expect(changes.map((one) => one.area)).toContain(area);
  expect(changes.some((one) => one.widens)).toBe(widens);
  expect(bumpOf(changes)).toBe(bump);
});

test('compare: a secret that a rotation’s code gets to see is wider', () => {
  const withholds = [{ call: 'POST /secrets', pointer: '/value' }];
  const before = withChange('rotation', { webhookSecret: rotation({ withholds }) });
  const after = withChange('rotation', { webhookSecret: rotation({}) });
  expect(compareManifests(before, after)).toMatchObject([{ area: 'secret', widens: true, bump: 'major' }]);
});

test('compare: a manifest and itself differ in nothing, whatever the order of keys', () => {
  expect(compareManifests(base, structuredClone(base))).toEqual([]);
  const turned = Object.fromEntries(Object.entries(base).toReversed()) as Manifest;
  expect(compareManifests(base, turned)).toEqual([]);
  expect(bumpOf([])).toBe('none');
});

test('compare: no leaf of a manifest can change unseen', () => {
  const leaves = [...leavesOf(base, [])];
  expect(leaves.length).toBeGreaterThan(80);
  const unseen = leaves.filter(([path, value]) => {
    const another = typeof value === 'string' ? `${value}x` : typeof value === 'number' ? value + 1 : !value;
    return compareManifests(base, withChange(path, another)).length === 0;
  });
  // Where the facts about authorisation were read is no fact about it.
  expect(unseen.map(([path]) => path)).toEqual(['auth/source']);
});

test('compare: taking away what a connector may do widens nothing', () => {
  const narrower = [
    withChange('auth/scopes', {}),
    withChange('operations/0/writes', []),
    withChange('operations/0/scopes', []),
    withChange('auth/secrets', []),
  ];
  for (const manifest of narrower) {
    const changes = compareManifests(base, manifest);
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.filter(({ widens }) => widens)).toEqual([]);
  }
});

test('compare: a guarantee that ends sooner is weaker, though it begins as it was', () => {
  const key = { kind: 'idempotencyKey', header: 'Idempotency-Key', hours: 24 };
  const lookup = { kind: 'lookup', field: 'metadata', lagSeconds: 60 };
  const before = withChange('operations/0/guarantee', { ...key, then: lookup });
  const after = withChange('operations/0/guarantee', key);
  expect(compareManifests(before, after)).toMatchObject([{ area: 'guarantee', widens: true, bump: 'major' }]);
});

test('compare: two connectors are refused', () => {
  expect(() => compareManifests(base, withChange('id', 'another'))).toThrow(/two connectors/);
});

function* leavesOf(value: unknown, path: readonly string[]): Generator<readonly [string, unknown]> {
  if (typeof value !== 'object' || value === null) {
    // Another connector is refused, not compared.
    if (path.join('/') !== 'id') yield [path.join('/'), value];
    return;
  }
  for (const [name, member] of Object.entries(value)) yield* leavesOf(member, [...path, name]);
}
