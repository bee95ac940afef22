import { readTable } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ask, problemOf } from '../testing/ask.ts';
import {
  type Example,
  startExample,
  startTestRunner,
  type TestRunner,
} from '../testing/start-test-runner.ts';

let example: Example;
let runner: TestRunner;

interface Run {
  id: string;
  createdAt: string;
  key: string;
  steps?: unknown[];
}
interface List<Item = Record<string, unknown>> {
  items: Item[];
  next: string | null;
}

const list = async <Item = Record<string, unknown>>(path: string, headers: Record<string, string> = {}) => {
  const answer = await ask(`${runner.url}${path}`, { headers });
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.json as List<Item>;
};
const send = (events: object[], tenant = 'default') =>
  ask(`${runner.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json', 'onceover-tenant': tenant },
    body: JSON.stringify(events),
  });
const invoicePaid = (id: string, email: string, data: object) => ({
  specversion: '1.0',
  id,
  source: '/tests',
  type: 'billing.invoice-paid.v1',
  time: '2026-11-24T10:00:00+01:00',
  data: { ...data, customer: { vendorId: 'cus_1', email, name: 'Ada Lovelace' }, firstInvoice: false },
});

beforeAll(async () => {
  example = await startExample();
  const connections = [...example.config.connections];
  const crm = connections.find(({ id }) => id === 'crm');
  // A tenant of its own, with the same vendors under other ids.
  connections.push({ ...crm, id: 'crm-acme', tenant: 'acme' });
  runner = await startTestRunner({ config: { ...example.config, connections } });
  const { items } = await list('/v1/event-types');
  const sample = items.find(({ type }) => type === 'billing.invoice-paid.v1')?.['example'] as object;
  for (let index = 0; index < 25; index += 1) {
    await send([invoicePaid(`e${index}`, `person-${index}@example.com`, sample)]);
  }
  await send([invoicePaid('of-acme', 'acme@example.com', sample)], 'acme');
  await runner.runner.runtime.idle();
});
afterAll(async () => {
  await runner?.stop();
  await example?.stop();
});

test('runs: a walk by cursor sees every run once, newest first', async () => {
  const seen: Run[] = [];
  let pages = 0;
  let cursor = '';
  do {
    const { items, next }: List<Run> = await list<Run>(
      `/v1/runs?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    seen.push(...items);
    pages += 1;
    cursor = next ?? '';
  } while (cursor !== '');
  expect(pages).toBe(4);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(25);
  const times = seen.map(({ createdAt }) => createdAt);
  expect(times).toEqual(times.toSorted().toReversed());
  expect(seen[0]?.key).toBe('person-24@example.com');
});

test('runs: the shape is exactly the promised one; steps come on one run, or when asked for', async () => {
  const { items } = await list<Run>('/v1/runs?event=e3&source=/tests');
  const [run] = items;
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const shown = {
    id: expect.any(String),
    tenant: 'default',
    flow: 'invoice-paid',
    flowVersion: 1,
    status: 'succeeded',
    waitingFor: null,
    key: 'person-3@example.com',
    event: { id: 'e3', source: '/tests', type: 'billing.invoice-paid.v1', time: '2026-11-24T09:00:00.000Z' },
    attempts: 1,
    isolation: 'inline',
    createdAt: time,
    finishedAt: time,
    error: null,
  };
  expect(items).toEqual([shown]);
  const effect = (connection: string, operation: string) => ({
    id: expect.any(String),
    connection,
    operation,
    naturalKey: 'person-3@example.com',
    outcome: 'created',
    guarantee: expect.any(String),
    class: 'A',
    attempts: 1,
    revision: 0,
    vendorId: expect.any(String),
    error: null,
  });
  const steps = [
    { id: 'contact', status: 'succeeded', effects: [effect('crm', 'crm.contacts.upsert')] },
    { id: 'requester', status: 'succeeded', effects: [effect('support', 'support.users.upsert')] },
    { id: 'ticket', status: 'skipped', effects: [] },
  ];
  const whole = (await ask(`${runner.url}/v1/runs/${run?.id}`)).json;
  expect(whole).toEqual({ ...shown, steps });
  const expanded = await list<Run>('/v1/runs?event=e3&expand=steps');
  expect(expanded.items).toEqual([whole]);
});

test('runs: filters narrow, and combine', async () => {
  const count = async (query: string) => (await list(`/v1/runs?limit=200&${query}`)).items.length;
  expect(await count('flow=invoice-paid')).toBe(25);
  expect(await count('flow=lead-qualified')).toBe(0);
  expect(await count('status=succeeded')).toBe(25);
  expect(await count('status=queued')).toBe(0);
  expect(await count('key=person-9@example.com')).toBe(1);
  expect(await count('key=person-9@example.com&event=e8')).toBe(0);
  expect(await count('source=/others')).toBe(0);
});

test('tenants: another tenant sees none of it, and its id is a 404', async () => {
  const own = await list<Run>('/v1/runs?limit=1');
  const foreign = await list<Run>('/v1/runs', { 'onceover-tenant': 'acme' });
  expect(foreign.items).toMatchObject([{ tenant: 'acme', key: 'acme@example.com' }]);
  const [run] = own.items;
  const headers = { 'onceover-tenant': 'acme' };
  const answer = await ask(`${runner.url}/v1/runs/${run?.id}`, { headers });
  expect(problemOf(answer)).toMatchObject({ status: 404, code: 'run_unknown' });
  const unknown = await ask(`${runner.url}/v1/runs/${crypto.randomUUID()}`);
  expect(unknown.text).toBe(answer.text);
  expect(problemOf(await ask(`${runner.url}/v1/runs/nonsense`))).toMatchObject({ status: 404 });
  expect((await list('/v1/events', headers)).items.map(({ id }) => id)).toEqual(['of-acme']);
  expect((await list('/v1/connections', headers)).items.map(({ id }) => id)).toEqual(['crm-acme']);
  expect((await list('/v1/runs', { 'onceover-tenant': 'nobody' })).items).toEqual([]);
});

test('every list: limit and cursor are checked, what it does not know is refused', async () => {
  const paths = [
    'runs',
    'events',
    'event-types',
    'flows',
    'lanes',
    'quarantine',
    'connections',
    'connectors',
  ];
  for (const path of paths) {
    expect(await list(`/v1/${path}?limit=200`)).toEqual({ items: expect.any(Array), next: null });
    for (const query of ['limit=201', 'limit=0', 'limit=x', 'limit=1&limit=2', 'unknown=1', 'cursor=']) {
      const answer = await ask(`${runner.url}/v1/${path}?${query}`);
      expect([path, query, problemOf(answer).status]).toEqual([path, query, 400]);
    }
    const answer = await ask(`${runner.url}/v1/${path}?cursor=bm9uc2Vuc2U`);
    expect([path, problemOf(answer)]).toMatchObject([path, { status: 400, code: 'cursor_invalid' }]);
  }
  for (const query of ['status=done', 'expand=everything']) {
    expect(problemOf(await ask(`${runner.url}/v1/runs?${query}`)).status).toBe(400);
  }
  expect(problemOf(await ask(`${runner.url}/v1/runs/${crypto.randomUUID()}?expand=steps`)).status).toBe(400);
});

test('every list in memory pages, too', async () => {
  const all = await list<{ type: string }>('/v1/event-types?limit=200');
  const walked: string[] = [];
  let path = '/v1/event-types?limit=2';
  for (;;) {
    const { items, next }: List<{ type: string }> = await list<{ type: string }>(path);
    walked.push(...items.map(({ type }) => type));
    if (next === null) break;
    path = `/v1/event-types?limit=2&cursor=${next}`;
  }
  expect(walked).toEqual(all.items.map(({ type }) => type));
});

test('event types: each is there once, and its example is valid by its schema', async () => {
  const { items } = await list<{
    name: string;
    version: number;
    type: string;
    schema: object;
    example: unknown;
  }>('/v1/event-types?limit=200');
  expect(new Set(items.map(({ type }) => type)).size).toBe(items.length);
  for (const { name, version, type, schema, example: data } of items) {
    expect(type).toBe(`${name}.v${version}`);
    const parsed = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(data);
    expect([type, parsed.error?.issues ?? []]).toEqual([type, []]);
  }
  const sent = await send(
    items.map(({ type, example: data }, index) => ({
      specversion: '1.0',
      id: `sample-${index}`,
      source: '/examples',
      type,
      data,
    })),
    'nobody',
  );
  expect([sent.status, sent.text]).toEqual([202, expect.any(String)]);
  expect(
    (await readTable(runner.database, 'events')).filter(({ tenant }) => tenant === 'nobody').length,
  ).toBe(items.length);
});

test('flows, connections and connectors say what is loaded, and no secret', async () => {
  expect((await list('/v1/flows')).items.map(({ id }) => id)).toEqual([
    'invoice-paid',
    'lead-qualified',
    'ticket-escalated',
  ]);
  const connections = await list('/v1/connections');
  expect(connections.items.map(({ id }) => String(id)).toSorted()).toEqual(['billing', 'crm', 'support']);
  const connectors = await list('/v1/connectors');
  expect(connectors.items).toMatchObject([
    { id: 'stripe', isolation: 'inline', specVersion: 'v1' },
    { id: 'hubspot' },
    { id: 'zendesk' },
  ]);
  const text = JSON.stringify([connections, connectors]);
  for (const { accessToken, webhookSecret } of example.sandboxes.values()) {
    expect(text).not.toContain(accessToken);
    expect(text).not.toContain(webhookSecret);
  }
});
