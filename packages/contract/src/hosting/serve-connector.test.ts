import { expect, test } from 'vitest';
import { z } from 'zod';
import { type ConnectorDefinition, defineConnector, webhook } from '../connector.ts';
import { billing, crm } from '../domains/index.ts';
import { errorToData, ScopeError } from '../errors.ts';
import { lookup, naturalKey } from '../guarantees.ts';
import { type JsonValue, parseJson, stringifyJson } from '../json.ts';
import { type Operation, implement, type WriteImplementation } from '../operations.ts';
import { exampleDefinition } from '../testing/example-definition.ts';
import type { CallbackReply, ConnectorCallback, ConnectorReply, ConnectorRequest } from './protocol.ts';
import { serveConnector, toWire } from './serve-connector.ts';

const connection = { id: 'crm', account: null, variables: {} };
const ada = { record: { email: 'ada@example.com' }, naturalKey: 'ada@example.com', effectKey: 'k1' };

/** Sends a request as a host does: as JSON in both directions. */
async function ask(
  definition: ConnectorDefinition,
  request: ConnectorRequest,
  answer: (call: ConnectorCallback) => CallbackReply = () => ok('[{"id":"7"}]'),
): Promise<{ reply: ConnectorReply; calls: readonly ConnectorCallback[] }> {
  const calls: ConnectorCallback[] = [];
  const reply = await serveConnector(defineConnector(definition)).handle(
    overTheWire(request),
    async (call) => {
      calls.push(overTheWire(call) as unknown as ConnectorCallback);
      return overTheWire(answer(call as unknown as ConnectorCallback));
    },
    AbortSignal.timeout(5000),
  );
  return { reply: overTheWire(reply) as unknown as ConnectorReply, calls };
}

function overTheWire(message: unknown): JsonValue {
  return parseJson(stringifyJson(message));
}

function ok(body: string, status = 200): CallbackReply {
  return { kind: 'http', response: { status, headers: {}, body } };
}

function withOperation(operation: Operation): ConnectorDefinition {
  const example = exampleDefinition();
  return { ...example, auth: { ...example.auth, scopes: {} }, operations: [operation], triggers: [] };
}

function upsertWith(run: WriteImplementation<unknown>['run']): ConnectorDefinition {
  return withOperation(
    implement(crm.contacts.upsert, {
      guarantee: naturalKey('email'),
      scopes: [],
      reads: [],
      writes: ['POST /contacts'],
      source: 'https://vendor.example/docs',
      run,
    }),
  );
}

const runUpsert: ConnectorRequest = {
  kind: 'run',
  operation: 'contacts.upsert',
  mode: 'execute',
  connection,
  records: [ada],
};

test('run: a write passes its call to the host and answers one outcome for each record', async () => {
  const { reply, calls } = await ask(exampleDefinition(), runUpsert, () => ok('[{"id":"7"}]', 201));
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

test('manifest: the host gets what the build wrote', async () => {
  const { reply } = await ask(exampleDefinition(), { kind: 'manifest' });
  expect(reply).toEqual({
    kind: 'manifest',
    manifest: overTheWire(defineConnector(exampleDefinition()).manifest),
  });
});

test.each([
  [
    'more outcomes than records',
    [
      { outcome: 'created', vendorId: '1' },
      { outcome: 'created', vendorId: '2' },
    ],
  ],
  ['fewer outcomes than records', []],
])('run: %s is an error, and nothing of it is believed', async (_what, outcomes) => {
  const { reply } = await ask(
    upsertWith(async () => outcomes as never),
    runUpsert,
  );
  expect(reply).toMatchObject({ kind: 'error', error: { code: 'outcome_count', retry: 'never' } });
});

test.each([
  { outcome: 'applied', vendorId: '1' },
  { outcome: 'created' },
  { outcome: 'created', vendorId: '' },
  { outcome: 'created', vendorId: 7 },
  { outcome: 'failed' },
  { outcome: 'updated', vendorId: '1', extra: true },
])('run: the outcome %j is none of the words', async (outcome) => {
  const { reply } = await ask(
    upsertWith(async () => [outcome as never]),
    runUpsert,
  );
  expect(reply).toMatchObject({ kind: 'error', error: { code: 'unexpected_answer' } });
});

test('run: a vendor’s error is typed by the manifest’s rules, unless the operation accepts the status', async () => {
  const notFound = () => ok('{"message":"no such contact"}', 404);
  const { reply } = await ask(exampleDefinition(), runUpsert, notFound);
  expect(reply).toMatchObject({
    kind: 'error',
    error: { class: 'NotFoundError', message: 'The vendor answered 404: no such contact' },
  });
  const accepting = upsertWith(async ({ http }) => {
    const { status, json } = await http.request({ method: 'POST', path: '/contacts', accept: [404] });
    return [{ outcome: 'outcome_unknown', reason: `${status} ${JSON.stringify(json)}` }];
  });
  expect((await ask(accepting, runUpsert, notFound)).reply).toEqual({
    kind: 'written',
    outcomes: [{ outcome: 'outcome_unknown', reason: '404 {"message":"no such contact"}' }],
  });
});

test('run: what the broker refuses reaches the operation as the typed error that it was', async () => {
  const refusal = errorToData(new ScopeError('not in the manifest', { required: ['contacts.write'] }));
  const { reply } = await ask(exampleDefinition(), runUpsert, () => ({ kind: 'error', error: refusal }));
  expect(reply).toEqual({ kind: 'error', error: refusal });
});

test('run: an answer that the operation’s schema does not know is the vendor’s fault, with its place', async () => {
  const { reply } = await ask(exampleDefinition(), runUpsert, () => ok('[{"id":7}]'));
  expect(reply).toMatchObject({
    kind: 'error',
    error: {
      class: 'UpstreamError',
      code: 'unexpected_answer',
      retry: 'never',
      message: expect.stringContaining('"/0/id"'),
    },
  });
});

test('run: a crash is unexpected and is not tried again', async () => {
  const crashing = upsertWith(() => {
    throw new TypeError('x is not a function');
  });
  expect((await ask(crashing, runUpsert)).reply).toMatchObject({
    kind: 'error',
    error: { code: 'unexpected', retry: 'never', message: 'x is not a function' },
  });
});

test.each(['contacts.erase', 'toString', '__proto__', ''])(
  'run: there is no operation %j',
  async (operation) => {
    const { reply } = await ask(exampleDefinition(), { ...runUpsert, operation });
    expect(reply).toMatchObject({ kind: 'error', error: { class: 'ConfigurationError' } });
  },
);

const listing = withOperation(
  implement(crm.contacts.listChanged, {
    scopes: [],
    reads: ['GET /contacts'],
    source: 'https://vendor.example/docs',
    async run({ input, http }) {
      const { json } = await http.request({
        method: 'GET',
        path: '/contacts',
        query: { since: input.since, tag: ['a', 'b c'], cursor: input.cursor },
      });
      return json as never;
    },
  }),
);

function list(input: JsonValue): ConnectorRequest {
  return { kind: 'run', operation: 'contacts.listChanged', mode: 'execute', connection, input };
}

test('run: a read gets its checked input and gives its checked output', async () => {
  const page = '{"contacts":[{"vendorId":"501","vendor":{"score":1.50}}],"cursor":null}';
  const { reply, calls } = await ask(listing, list({ since: '2026-11-24T10:00:00Z' }), () => ok(page));
  expect(reply).toEqual({
    kind: 'read',
    output: { contacts: [{ vendorId: '501', vendor: { score: 1.5 } }], cursor: null },
  });
  expect(calls).toMatchObject([
    { request: { method: 'GET', query: 'since=2026-11-24T10%3A00%3A00Z&tag=a&tag=b+c', headers: {} } },
  ]);
});

test('run: a read’s input that is not valid is the caller’s fault, with its path, and nothing is sent', async () => {
  const { reply, calls } = await ask(listing, list({ since: 'yesterday' }));
  expect(reply).toMatchObject({ kind: 'error', error: { class: 'ValidationError', path: '/since' } });
  expect(calls).toEqual([]);
});

test('run: a read’s output that the domain does not know is the vendor’s fault', async () => {
  const { reply } = await ask(listing, list({ since: '2026-11-24T10:00:00Z' }), () => ok('{"contacts":"x"}'));
  expect(reply).toMatchObject({
    kind: 'error',
    error: { class: 'UpstreamError', code: 'unexpected_answer' },
  });
});

test('links: are asked of the host, for the operation’s own resource unless told otherwise', async () => {
  const linked = upsertWith(async ({ links, records }) => {
    const found = await links.find(records.map((record) => record.naturalKey));
    await links.forget('old@example.com');
    await links.find(['x'], 'crm.companies');
    return [{ outcome: 'updated', vendorId: found.get('ada@example.com') ?? 'none' }];
  });
  const { reply, calls } = await ask(linked, runUpsert, (call) =>
    call.kind === 'links-find'
      ? { kind: 'links-found', vendorIds: { 'ada@example.com': '501' } }
      : { kind: 'done' },
  );
  expect(reply).toEqual({ kind: 'written', outcomes: [{ outcome: 'updated', vendorId: '501' }] });
  expect(calls).toEqual([
    { kind: 'links-find', resource: 'crm.contacts', keys: ['ada@example.com'] },
    { kind: 'links-forget', resource: 'crm.contacts', key: 'old@example.com' },
    { kind: 'links-find', resource: 'crm.companies', keys: ['x'] },
  ]);
});

function refundsWith(found: readonly (string | null)[]): ConnectorDefinition {
  return withOperation(
    implement(billing.refunds.create, {
      guarantee: lookup('metadata.reference', { lagSeconds: 60 }),
      scopes: [],
      reads: ['GET /refunds'],
      writes: ['POST /refunds'],
      source: 'https://vendor.example/docs',
      run: async () => [],
      lookup: async () => found,
    }),
  );
}

const lookUp: ConnectorRequest = {
  kind: 'lookup',
  operation: 'refunds.create',
  connection,
  records: [ada, { ...ada, naturalKey: 'R-2', effectKey: 'k2' }],
};

test('lookup: one answer for each record, null for what the vendor does not know', async () => {
  expect((await ask(refundsWith(['re_1', null]), lookUp)).reply).toEqual({
    kind: 'looked-up',
    vendorIds: ['re_1', null],
  });
  expect((await ask(refundsWith(['re_1']), lookUp)).reply).toMatchObject({
    kind: 'error',
    error: { code: 'outcome_count' },
  });
});

test('lookup: an operation without one says so', async () => {
  const { reply } = await ask(exampleDefinition(), { ...lookUp, operation: 'contacts.upsert' });
  expect(reply).toMatchObject({ kind: 'error', error: { message: expect.stringMatching(/has no lookup/) } });
});

test('normalize: one answer for each item, an item’s error its own', async () => {
  const example = exampleDefinition();
  const [trigger] = example.triggers;
  if (trigger?.kind !== 'webhook') throw new Error('the example has a webhook');
  const itemSchema = z.object({ id: z.string() });
  const { kind: _kind, ...declared } = trigger;
  const reading = webhook({
    ...declared,
    normalize({ item, record }) {
      const { id } = itemSchema.parse(item);
      if (id === 'none') return [];
      const type = id === 'undeclared' ? 'crm.lead-qualified.v1' : 'crm.contact-changed.v1';
      return [{ type, data: { id, record: record ?? null } }];
    },
  });
  const { reply } = await ask(
    { ...example, triggers: [reading] },
    {
      kind: 'normalize',
      trigger: 'events',
      items: [
        { item: { id: 'a' }, record: { name: 'Ada' } },
        { item: { id: 'none' } },
        { item: { id: 7 } },
        { item: { id: 'undeclared' } },
      ],
    },
  );
  expect(reply).toMatchObject({
    kind: 'normalized',
    items: [
      { events: [{ type: 'crm.contact-changed.v1', data: { id: 'a', record: { name: 'Ada' } } }] },
      { events: [] },
      { error: { class: 'UpstreamError', message: expect.stringContaining('"/id"') } },
      {
        error: {
          class: 'ConfigurationError',
          message: expect.stringMatching(/does not declare crm.lead-qualified.v1/),
        },
      },
    ],
  });
});

test('a request of a later contract is told apart from a crash', async () => {
  const { reply } = await ask(exampleDefinition(), { kind: 'dance' } as unknown as ConnectorRequest);
  expect(reply).toMatchObject({ kind: 'error', error: { class: 'ContractVersionError' } });
});

test('toWire: JSON keeps digits, a form keeps its order and repeats', () => {
  expect(toWire({ method: 'POST', path: '/a', json: parseJson('{"amount":100.10}') })).toEqual({
    method: 'POST',
    path: '/a',
    query: '',
    headers: {},
    contentType: 'application/json',
    body: '{"amount":100.10}',
  });
  expect(
    toWire({
      method: 'POST',
      path: '/a',
      form: [
        ['b[0]', 'x y'],
        ['a', '1&2'],
        ['b[0]', 'é'],
      ],
    }),
  ).toMatchObject({
    contentType: 'application/x-www-form-urlencoded',
    body: 'b%5B0%5D=x+y&a=1%262&b%5B0%5D=%C3%A9',
  });
});

test('toWire: a request has one body', () => {
  expect(() => toWire({ method: 'POST', path: '/a', json: {}, form: [] })).toThrow(/json or form/);
});
