import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { readTable } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, problemOf } from '../testing/ask.ts';
import { metric } from '../testing/metric.ts';
import { signedWebhook } from '../testing/signed-webhook.ts';
import {
  type Example,
  startExample,
  startTestRunner,
  type TestRunner,
} from '../testing/start-test-runner.ts';

let example: Example;
let runner: TestRunner;
let hook: string;
let secret: string;

beforeAll(async () => {
  example = await startExample();
  runner = await startTestRunner({ config: { ...example.config, automations: [] } });
  hook = `${runner.url}/v1/hooks/billing`;
  secret = example.sandboxes.get('billing')?.webhookSecret ?? '';
});
afterAll(async () => {
  await runner?.stop();
  await example?.stop();
});

const genuine = (id: string) => signedWebhook(eventText(id), { secret });
/** An event that the billing vendor sends and that nothing here needs. */
const eventText = (id: string, more = '') =>
  `{"id":"${id}","object":"event","type":"customer.created","created":1,"data":{"object":{"id":"cus_1","object":"customer"}}${more}}`;

test('webhook: whatever fails of a signature, the answer is the same 401', async () => {
  const good = genuine('evt_bad');
  const signature = good.headers['stripe-signature'] ?? '';
  const { 'stripe-signature': _signature, ...unsigned } = good.headers;
  const headersOf = (value: string) => ({ ...unsigned, 'stripe-signature': value });
  const variants: Record<string, RequestInit> = {
    'another secret': signedWebhook(Buffer.from(good.body), { secret: 'whsec_other' }),
    'another body': { ...good, body: '{"id":"evt_other"}' },
    'too old': signedWebhook(Buffer.from(good.body), { secret, at: new Date(Date.now() - 3_600_000) }),
    'from the future': signedWebhook(Buffer.from(good.body), {
      secret,
      at: new Date(Date.now() + 3_600_000),
    }),
    'no signature': { ...good, headers: unsigned },
    'no time': { ...good, headers: headersOf(signature.replace(/^t=\d+,/, '')) },
    'not hex': { ...good, headers: headersOf(signature.replace(/v1=.*/, 'v1=zz')) },
    empty: { ...good, headers: headersOf('') },
  };
  const answers = new Map<string, string[]>();
  for (const [name, init] of Object.entries(variants)) {
    const answer = await ask(hook, init);
    expect(problemOf(answer)).toMatchObject({ status: 401, code: 'signature_invalid' });
    answers.set(answer.text, [...(answers.get(answer.text) ?? []), name]);
  }
  expect([...answers.values()]).toEqual([Object.keys(variants)]);
  expect(await metric(runner.url, 'onceover_http_problems_total', { code: 'signature_invalid' })).toBe(8);
  expect(await metric(runner.url, 'onceover_total', { name: 'rejected' })).toBe(8);
  expect(await readTable(runner.database, 'deliveries')).toEqual([]);
});

test('webhook: an unknown hook is a 404, counted', async () => {
  expect(problemOf(await ask(`${runner.url}/v1/hooks/nobody`, genuine('evt_1')))).toMatchObject({
    status: 404,
    code: 'hook_unknown',
  });
  expect(
    await metric(runner.url, 'onceover_http_problems_total', {
      code: 'hook_unknown',
      route: '/v1/hooks/:id',
    }),
  ).toBe(1);
  expect(await metric(runner.url, 'onceover_total', { name: 'rejected', label: 'unknown-hook' })).toBe(1);
});

test('webhook: more than 1 MiB is a 413 before anything is checked, announced or not', async () => {
  const large = Buffer.alloc(1024 * 1024 + 1, ' ');
  const announced = await ask(hook, signedWebhook(large, { secret }));
  expect(problemOf(announced)).toMatchObject({ status: 413, code: 'too_large' });
  const chunked = await ask(hook, {
    ...signedWebhook(large, { secret }),
    body: new Blob([large]).stream(),
    duplex: 'half',
  });
  expect(problemOf(chunked)).toMatchObject({ status: 413, code: 'too_large' });
  expect(await metric(runner.url, 'onceover_http_problems_total', { code: 'too_large' })).toBe(2);
  expect(await readTable(runner.database, 'deliveries')).toEqual([]);
});

test('webhook: 1 MiB exactly is taken', async () => {
  const padding = 'x'.repeat(1024 * 1024 - eventText('evt_large', ',"x":""').length);
  const body = eventText('evt_large', `,"x":"${padding}"`);
  expect(body).toHaveLength(1024 * 1024);
  expect(await ask(hook, signedWebhook(body, { secret }))).toMatchObject({ status: 200 });
});

test('webhook: signed, and not JSON: 400, kept for a person, counted', async () => {
  const before = (await readTable(runner.database, 'deliveries')).length;
  const answer = await ask(hook, signedWebhook('{"id":"evt_broken",', { secret }));
  expect(problemOf(answer)).toMatchObject({ status: 400, code: 'delivery_malformed' });
  expect(await readTable(runner.database, 'deliveries')).toHaveLength(before + 1);
  const { items } = (await ask(`${runner.url}/v1/quarantine`)).json as { items: unknown[] };
  expect(items).toMatchObject([{ kind: 'delivery', hook: 'billing', code: 'delivery_malformed' }]);
  expect(await metric(runner.url, 'onceover_total', { name: 'rejected', label: 'malformed' })).toBe(1);
});

test('webhook: what is broken costs the genuine ones nothing', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `evt_genuine_${index}`);
  const answers = await Promise.all(
    ids.flatMap((id) => [
      ask(hook, genuine(id)),
      ask(hook, signedWebhook(`{"id":"${id}"`, { secret })),
      ask(hook, signedWebhook(`{"id":"${id}"}`, { secret: 'whsec_other' })),
    ]),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  expect(statuses.filter((status) => status === 400)).toHaveLength(20);
  expect(statuses.filter((status) => status === 401)).toHaveLength(20);
  await runner.runner.runtime.idle();
  const keys = (await readTable(runner.database, 'items')).map(({ key }) => String(key));
  expect(keys.filter((key) => key.startsWith('evt_genuine_')).toSorted()).toEqual(ids.toSorted());
});

test('webhook: the same again is a 200 with the same delivery', async () => {
  const webhook = genuine('evt_again');
  const first = await ask(hook, webhook);
  const second = await ask(hook, webhook);
  expect(first.json).toEqual({ delivery: expect.any(String) });
  expect(second).toMatchObject({ status: 200, text: first.text });
});

test('webhook: the signature is the authority: no key, and no loopback Host', async () => {
  const { hostname, port } = new URL(runner.url);
  const { headers, body } = genuine('evt_host');
  const socket = connect(Number(port), hostname);
  socket.write(
    [
      'POST /v1/hooks/billing HTTP/1.1',
      'host: hooks.example.com',
      'connection: close',
      `content-length: ${body.length}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '',
      '',
    ].join('\r\n'),
  );
  socket.write(body);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
});

test('any route: a URL that cannot be decoded is a problem, too', async () => {
  expect(problemOf(await ask(`${runner.url}/v1/hooks/%E0%A4%A`, { method: 'POST' }))).toMatchObject({
    status: 400,
  });
  expect(problemOf(await ask(`${runner.url}/v2/nothing`))).toMatchObject({
    status: 404,
    code: 'route_unknown',
  });
});
