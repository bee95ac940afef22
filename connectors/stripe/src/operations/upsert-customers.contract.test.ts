import { expect, test } from 'vitest';
import { callsOf, createStripeWorld, deleteAsPerson, formOf, postAsPerson } from '../testing/stripe-world.ts';
import { quoted } from './find-customer.ts';

const ada = { email: 'Ada@Example.com', name: 'Ada Lovelace', phone: '+44 20 7946 0000' };
const upsert = 'customers.upsert';
const customers = 'billing.customers';

test('customers.upsert: an unknown customer is searched for by our key, then created with it', async () => {
  const { broker, sandbox, problems } = await createStripeWorld();
  const result = await broker.run(upsert, { records: [ada], event: 'e1' });
  expect(result.reply).toMatchObject({ outcomes: [{ outcome: 'created' }] });
  expect(callsOf(result)).toEqual(['GET /v1/customers/search', 'POST /v1/customers']);
  const [search, create] = result.calls;
  expect(formOf(search?.request.query)).toEqual([
    ['query', `metadata['external_id']:'ada@example.com'`],
    ['limit', '100'],
  ]);
  expect(create?.request.contentType).toBe('application/x-www-form-urlencoded');
  expect(formOf(create?.request.body)).toEqual([
    ['email', 'Ada@Example.com'],
    ['name', 'Ada Lovelace'],
    ['phone', '+44 20 7946 0000'],
    ['metadata[external_id]', 'ada@example.com'],
  ]);
  expect(sandbox.ledger.effects()).toMatchObject([
    { resource: 'customers', naturalKey: 'ada@example.com', action: 'created', count: 1 },
  ]);
  expect(problems).toEqual([]);
});

test('customers.upsert: a linked customer is read and not searched for, and written only to change it', async () => {
  const { broker } = await createStripeWorld();
  await broker.run(upsert, { records: [ada], event: 'e1' });
  const id = broker.links.get(customers)?.get('ada@example.com');
  const other = await broker.run(upsert, { records: [{ ...ada, name: 'Ada King' }], event: 'e2' });
  expect(other.reply).toMatchObject({ outcomes: [{ outcome: 'updated', vendorId: id }] });
  expect(callsOf(other)).toEqual([`GET /v1/customers/${id}`, `POST /v1/customers/${id}`]);
  const same = await broker.run(upsert, { records: [{ ...ada, name: 'Ada King' }], event: 'e3' });
  expect(same.reply).toMatchObject({ outcomes: [{ outcome: 'unchanged', vendorId: id }] });
  expect(callsOf(same)).toEqual([`GET /v1/customers/${id}`]);
});

test('customers.upsert: without a link the search finds the customer; what already is as asked is not written', async () => {
  const { broker } = await createStripeWorld();
  await broker.run(upsert, { records: [ada], event: 'e1' });
  broker.links.clear();
  const same = await broker.run(upsert, { records: [ada], event: 'e2' });
  expect(same.reply).toMatchObject({ outcomes: [{ outcome: 'unchanged' }] });
  expect(callsOf(same)).toEqual(['GET /v1/customers/search']);
  broker.links.clear();
  const other = await broker.run(upsert, { records: [{ ...ada, phone: '+1 555 0100' }], event: 'e3' });
  expect(other.reply).toMatchObject({ outcomes: [{ outcome: 'updated' }] });
});

test('customers.upsert: fields that the record does not have are left as they are at Stripe', async () => {
  const { broker, sandbox } = await createStripeWorld();
  await broker.run(upsert, { records: [ada], event: 'e1' });
  await broker.run(upsert, { records: [{ email: 'ada@example.com' }], event: 'e2' });
  expect([...sandbox.state.customers.values()][0]?.at(-1)).toMatchObject({
    email: 'ada@example.com',
    name: ada.name,
    phone: ada.phone,
  });
});

test('customers.upsert: of two customers with our key the older one is taken', async () => {
  const world = await createStripeWorld();
  const key = { 'metadata[external_id]': 'ada@example.com' };
  const older = await postAsPerson(world, '/v1/customers', key);
  world.clock.advance(60);
  await postAsPerson(world, '/v1/customers', key);
  const result = await world.broker.run(upsert, { records: [ada] });
  expect(result.reply).toMatchObject({ outcomes: [{ vendorId: (older as { id: string }).id }] });
});

test('customers.upsert: a customer deleted at Stripe is forgotten and made anew', async () => {
  const world = await createStripeWorld();
  const { broker } = world;
  await broker.run(upsert, { records: [ada], event: 'e1' });
  const id = broker.links.get(customers)?.get('ada@example.com') ?? '';
  await deleteAsPerson(world, id);
  const result = await broker.run(upsert, { records: [ada], event: 'e2' });
  expect(callsOf(result)).toEqual([
    `GET /v1/customers/${id}`,
    'GET /v1/customers/search',
    'POST /v1/customers',
  ]);
  expect(result.reply).toMatchObject({ outcomes: [{ outcome: 'created' }] });
  expect(broker.links.get(customers)?.get('ada@example.com')).not.toBe(id);
});

test('customers.upsert: a link to a customer whom Stripe never had is forgotten, too', async () => {
  const { broker } = await createStripeWorld();
  broker.links.set(customers, new Map([['ada@example.com', 'cus_gone']]));
  const result = await broker.run(upsert, { records: [ada] });
  expect(callsOf(result)[0]).toBe('GET /v1/customers/cus_gone');
  expect(result.reply).toMatchObject({ outcomes: [{ outcome: 'created' }] });
});

test('customers.upsert: quotes and backslashes of a key are escaped in the search, and found again', async () => {
  expect(quoted(`o'brien\\"x`)).toBe(`'o\\'brien\\\\"x'`);
  const { broker, sandbox } = await createStripeWorld();
  const record = { email: "o'brien@example.com" };
  await broker.run(upsert, { records: [record], event: 'e1' });
  broker.links.clear();
  await broker.run(upsert, { records: [{ ...record, name: "O'Brien" }], event: 'e2' });
  expect(sandbox.state.customers.size).toBe(1);
});

test('customers.upsert: Stripe’s own fields go by their names, null clears one', async () => {
  const { broker, sandbox } = await createStripeWorld();
  const vendor = {
    description: 'VIP',
    'metadata.plan': 'team',
    'metadata.seats': 3,
    'address.city': 'London',
  };
  const first = await broker.run(upsert, { records: [{ ...ada, vendor }], event: 'e1' });
  expect(formOf(first.calls.at(-1)?.request.body)).toEqual(
    expect.arrayContaining([
      ['description', 'VIP'],
      ['metadata[plan]', 'team'],
      ['metadata[seats]', '3'],
      ['address[city]', 'London'],
    ]),
  );
  const same = await broker.run(upsert, { records: [{ ...ada, vendor }], event: 'same' });
  expect(same.reply).toMatchObject({ outcomes: [{ outcome: 'unchanged' }] });
  const cleared = { description: null, 'metadata.plan': null };
  await broker.run(upsert, { records: [{ ...ada, vendor: cleared }], event: 'e2' });
  expect([...sandbox.state.customers.values()][0]?.at(-1)).toMatchObject({
    description: null,
    metadata: { external_id: 'ada@example.com', seats: '3' },
    address: { city: 'London' },
  });
  broker.links.clear();
  const again = await broker.run(upsert, { records: [{ ...ada, vendor: cleared }], event: 'e3' });
  expect(again.reply).toMatchObject({ outcomes: [{ outcome: 'unchanged' }] });
});

test.each([
  ['metadata.external_id', 'x'],
  ['email', 'other@example.com'],
  ['name', 'Eve'],
  ['phone', '+1 555 0100'],
  ['metadata[plan]', 'x'],
  ['Name', 'x'],
  ['a/b~c', 'x'],
])('customers.upsert: the vendor field %s is refused before anything is sent', async (field, value) => {
  const { broker, sandbox } = await createStripeWorld();
  const result = await broker.run(upsert, { records: [{ ...ada, vendor: { [field]: value } }] });
  expect(result.reply).toMatchObject({
    kind: 'error',
    error: {
      class: 'ValidationError',
      path: `/vendor/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    },
  });
  expect(sandbox.requests()).toBe(0);
});

test('customers.upsert: a create whose answer was lost is found once the search has caught up, and not before', async () => {
  const { broker, sandbox, clock } = await createStripeWorld({ searchLagSeconds: 30 });
  sandbox.faults.add({ match: 'POST /v1/customers', drop: 'after' });
  const lost = await broker.run(upsert, { records: [ada], event: 'e1' });
  expect(lost.write.state).toBe('lost');
  expect((await broker.lookup(upsert, [ada])).reply).toEqual({ kind: 'looked-up', vendorIds: [null] });
  clock.advance(60);
  const found = await broker.lookup(upsert, [ada]);
  expect(found.reply).toEqual({ kind: 'looked-up', vendorIds: [[...sandbox.state.customers.keys()][0]] });
  expect(callsOf(found)).toEqual(['GET /v1/customers/search']);
});

test('customers.upsert: the same bytes under the same key get the first answer, and no second customer', async () => {
  const { broker, sandbox } = await createStripeWorld();
  sandbox.faults.add({ match: 'POST /v1/customers', drop: 'after' });
  const lost = await broker.run(upsert, { records: [ada], event: 'e1' });
  const again = await broker.run(upsert, { records: [ada], event: 'e1', resume: lost });
  expect(again.reply).toMatchObject({ outcomes: [{ outcome: 'created' }] });
  expect(again.write).toMatchObject({ state: 'answered', replayed: true });
  expect(sandbox.state.customers.size).toBe(1);
});

test('customers.upsert: after a lost update the look-up says it took effect only where the customer shows it', async () => {
  const { broker, sandbox } = await createStripeWorld();
  await broker.run(upsert, { records: [ada], event: 'e1' });
  const changed = { ...ada, name: 'Ada King' };
  sandbox.faults.add({ match: 'POST /v1/customers', drop: 'before' });
  await broker.run(upsert, { records: [changed], event: 'e2' });
  expect((await broker.lookup(upsert, [changed])).reply).toEqual({ kind: 'looked-up', vendorIds: [null] });
  sandbox.faults.add({ match: 'POST /v1/customers', drop: 'after' });
  await broker.run(upsert, { records: [changed], event: 'e3' });
  expect((await broker.lookup(upsert, [changed])).reply).toMatchObject({
    vendorIds: [expect.stringMatching(/^cus_/)],
  });
});

test('customers.upsert: a search that answers something else is an error, and nothing is written', async () => {
  const world = await createStripeWorld();
  world.tamper((answer) => ({ ...answer, body: '{"object":"customer"}' }));
  const result = await world.broker.run(upsert, { records: [ada] });
  expect(result.reply).toMatchObject({ error: { class: 'UpstreamError', code: 'unexpected_answer' } });
  expect(world.sandbox.ledger.effects()).toEqual([]);
});

test('customers.upsert: a write that is answered with something else has an unknown outcome', async () => {
  const world = await createStripeWorld();
  world.tamper((answer) =>
    world.sandbox.ledger.effects().length === 0 ? answer : { ...answer, body: '{"object":"customer"}' },
  );
  const result = await world.broker.run(upsert, { records: [ada] });
  expect(result.reply).toMatchObject({ outcomes: [{ outcome: 'outcome_unknown' }] });
});

test('customers.upsert: of what the search finds only a living customer with exactly our key counts, the oldest first', async () => {
  const world = await createStripeWorld();
  const found = (id: string, key: string, more: object = {}) => ({
    object: 'customer',
    id,
    metadata: { external_id: key },
    ...more,
  });
  const search = async (...data: object[]) => {
    world.tamper((answer) => ({ ...answer, body: JSON.stringify({ object: 'search_result', data }) }));
    const { reply } = await world.broker.lookup(upsert, [{ email: 'ada@example.com' }]);
    return reply.kind === 'looked-up' ? reply.vendorIds[0] : reply;
  };
  const own = { email: 'ada@example.com' };
  const key = own.email;
  expect(await search(found('cus_longer', `${key}.org`, own))).toBeNull();
  expect(await search(found('cus_gone', key, { ...own, deleted: true }))).toBeNull();
  expect(await search(found('cus_longer', `${key}.org`, own), found('cus_ada', key, own))).toBe('cus_ada');
  const at = (created: number) => ({ ...own, created });
  expect(await search(found('cus_2', key, at(2)), found('cus_1', key, at(1)))).toBe('cus_1');
  // A customer of whom Stripe does not say when it was made is older than all others.
  expect(await search(found('cus_1', key, at(1)), found('cus_0', key, own))).toBe('cus_0');
});

test('customers.upsert: an id is one segment of the path, whatever it holds', async () => {
  const world = await createStripeWorld();
  world.broker.links.set(customers, new Map([['ada@example.com', 'cus ö']]));
  const linked = await world.broker.run(upsert, { records: [ada] });
  expect(callsOf(linked)[0]).toBe('GET /v1/customers/cus%20%C3%B6');
  world.tamper((answer) => {
    const customer = { object: 'customer', id: 'cus ö', metadata: { external_id: 'ada@example.com' } };
    return { ...answer, body: JSON.stringify({ object: 'search_result', data: [customer] }) };
  });
  world.broker.links.clear();
  const found = await world.broker.run(upsert, { records: [ada], event: 'event-2' });
  expect(callsOf(found)[1]).toBe('POST /v1/customers/cus%20%C3%B6');
});

test('customers.upsert: a link to a deleted customer is told as such to the host', async () => {
  const world = await createStripeWorld();
  const { broker } = world;
  await broker.run(upsert, { records: [ada], event: 'e1' });
  const id = broker.links.get(customers)?.get('ada@example.com') ?? '';
  await deleteAsPerson(world, id);
  const { reply } = await broker.run(upsert, { records: [ada], event: 'e2', replan: false });
  expect(reply).toMatchObject({
    error: { class: 'NotFoundError', code: 'customer_deleted', message: expect.stringContaining(id) },
  });
});

test.each([
  ['deleted', 'yes'],
  ['metadata', 'external_id'],
  ['metadata', { external_id: 5 }],
  ['created', 'today'],
  ['id', ''],
])('customers.upsert: a customer whose %s is %o is not as Stripe describes it', async (field, value) => {
  const world = await createStripeWorld();
  const customer = { object: 'customer', id: 'cus_1', [field]: value };
  world.tamper((answer) => ({
    ...answer,
    body: JSON.stringify({ object: 'search_result', data: [customer] }),
  }));
  expect((await world.broker.run(upsert, { records: [ada] })).reply).toMatchObject({
    error: { class: 'UpstreamError', code: 'unexpected_answer', logMessage: expect.stringContaining(field) },
  });
});
