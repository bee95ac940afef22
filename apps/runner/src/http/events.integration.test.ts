import { readTable } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, problemOf } from '../testing/ask.ts';
import { metric } from '../testing/metric.ts';
import { startTestRunner, type TestRunner } from '../testing/start-test-runner.ts';

let runner: TestRunner;
let data: Record<string, unknown>;

beforeAll(async () => {
  runner = await startTestRunner();
  const types = (await ask(`${runner.url}/v1/event-types`)).json as {
    items: { type: string; example: Record<string, unknown> }[];
  };
  data = types.items.find(({ type }) => type === 'billing.invoice-paid.v1')?.example ?? {};
});
afterAll(() => runner?.stop());

const type = 'billing.invoice-paid.v1';
const envelope = (id: string, changes: object = {}) => ({
  specversion: '1.0',
  id,
  source: '/tests',
  type,
  time: '2026-11-24T10:00:00Z',
  data,
  ...changes,
});
const send = (body: unknown, contentType: string, headers: Record<string, string> = {}) =>
  ask(`${runner.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': contentType, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const structured = (body: unknown) => send(body, 'application/cloudevents+json; charset=utf-8');
const batch = (body: unknown) => send(body, 'application/cloudevents-batch+json');
const stored = async () => (await readTable(runner.database, 'events')).map(({ id }) => String(id));
const accepted = (id: string, duplicate = false) => ({ id, source: '/tests', duplicate });

test('events: structured, a batch and binary are taken, in order, and known again', async () => {
  const one = await structured(envelope('a1'));
  expect(one.status).toBe(202);
  expect(one.json).toEqual({ events: [accepted('a1')] });
  const many = await batch([envelope('a2'), envelope('a1'), envelope('a3')]);
  expect(many.json).toEqual({ events: [accepted('a2'), accepted('a1', true), accepted('a3')] });
  const binary = await send(data, 'application/json', {
    'ce-specversion': '1.0',
    'ce-id': 'a4',
    'ce-source': '/tests',
    'ce-type': type,
    'ce-subject': 'caf%C3%A9',
  });
  expect(binary.json).toEqual({ events: [accepted('a4')] });
  expect((await stored()).toSorted()).toEqual(['a1', 'a2', 'a3', 'a4']);
  const { items } = (await ask(`${runner.url}/v1/events?id=a4`)).json as { items: unknown[] };
  expect(items).toMatchObject([{ id: 'a4', subject: 'café', data }]);
});

test('events: time is the receipt unless the sender gives one', async () => {
  const before = Date.now();
  await structured(envelope('t1', { time: undefined }));
  await structured(envelope('t2', { time: '2026-11-24T12:00:00+02:00' }));
  const timeOf = async (id: string) => {
    const { items } = (await ask(`${runner.url}/v1/events?id=${id}`)).json as { items: { time: string }[] };
    return items[0]?.time ?? '';
  };
  const received = Date.parse(await timeOf('t1'));
  expect(received).toBeGreaterThanOrEqual(before);
  expect(received).toBeLessThanOrEqual(Date.now());
  expect(await timeOf('t2')).toBe('2026-11-24T10:00:00.000Z');
});

test('events: an unknown type or version is a 422 with its pointer', async () => {
  const type422 = problemOf(await structured(envelope('u1', { type: 'billing.unheard-of.v1' })));
  expect(type422).toMatchObject({ status: 422, code: 'event_invalid', errors: [{ pointer: '/0/type' }] });
  const version422 = problemOf(await structured(envelope('u2', { type: 'billing.invoice-paid.v99' })));
  expect(version422.errors).toEqual([{ pointer: '/0/type', detail: expect.stringContaining('known: 1') }]);
  const form422 = problemOf(await structured(envelope('u3', { type: 'billing.invoice-paid' })));
  expect(form422.errors).toMatchObject([{ pointer: '/0/type' }]);
});

test('events: one that is not valid fails its whole batch, and nothing is stored', async () => {
  const before = await stored();
  const broken = { ...data, customer: { ...(data['customer'] as object), email: 7 } };
  const answer = problemOf(
    await batch([
      envelope('b1'),
      envelope('b2', { data: broken }),
      envelope('b3', { type: 'nothing.known.v1' }),
    ]),
  );
  expect(answer).toMatchObject({ status: 422, code: 'event_invalid' });
  expect(answer.errors?.map(({ pointer }) => pointer)).toEqual(['/1/data/customer/email', '/2/type']);
  expect(await stored()).toEqual(before);
});

test('events: missing attributes are named, in every mode', async () => {
  for (const name of ['specversion', 'id', 'source', 'type']) {
    const { errors } = problemOf(await structured(envelope('m1', { [name]: undefined })));
    expect(errors).toMatchObject([{ pointer: `/0/${name}` }]);
  }
  const binary = await send(data, 'application/json', {
    'ce-id': 'm2',
    'ce-source': '/tests',
    'ce-type': type,
  });
  expect(problemOf(binary).errors).toMatchObject([{ pointer: '/0/specversion' }]);
  expect(problemOf(await structured(envelope('m3', { data: undefined }))).errors).toMatchObject([
    { pointer: '/0/data' },
  ]);
  expect(problemOf(await structured(envelope('m4', { specversion: '0.3' }))).status).toBe(422);
});

test('events: what is not JSON is a 400, another content type a 415', async () => {
  expect(problemOf(await structured('{"id":'))).toMatchObject({ status: 400, code: 'malformed_json' });
  expect(problemOf(await batch('{}'))).toMatchObject({ status: 400, code: 'malformed_json' });
  const notUtf8 = await ask(`${runner.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: new Uint8Array([0x22, 0xff, 0x22]),
  });
  expect(problemOf(notUtf8)).toMatchObject({ status: 400, code: 'malformed_json' });
  for (const contentType of ['application/json', 'text/plain', 'application/cloudevents+xml']) {
    expect(problemOf(await send(envelope('c1'), contentType))).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    });
  }
  expect(problemOf(await ask(`${runner.url}/v1/events`, { method: 'POST' })).status).toBe(415);
  expect(problemOf(await structured(' '.repeat(1024 * 1024 + 1)))).toMatchObject({ status: 413 });
});

test('events: numbers keep their digits', async () => {
  const contact = { vendorId: '501', email: 'ada@example.com', vendor: { score: 'exact' } };
  const event = envelope('n1', {
    type: 'crm.contact-changed.v1',
    data: { contact, change: 'updated', fields: [] },
    sequence: 'long',
  });
  const text = JSON.stringify(event).replace('"exact"', '100.10').replace('"long"', '12345678901234567890');
  expect(await structured(text)).toMatchObject({ status: 202 });
  const shown = await ask(`${runner.url}/v1/events?id=n1`);
  expect(shown.text).toContain('"score":100.10');
  expect(shown.text).toContain('"sequence":12345678901234567890');
});

test('events: each refusal is counted by its code', async () => {
  const count = (code: string) =>
    metric(runner.url, 'onceover_http_problems_total', { code, route: '/v1/events' });
  const before = await count('event_invalid');
  await structured(envelope('z1', { type: 'nothing.known.v1' }));
  expect(await count('event_invalid')).toBe(before + 1);
  expect(await count('malformed_json')).toBeGreaterThan(0);
  expect(await count('unsupported_media_type')).toBeGreaterThan(0);
});
