import { join } from 'node:path';
import { type JsonValue, manifestOf } from '@onceover/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCompiledConnector } from '../testing/compiled-code.fixture.ts';
import type { ConnectorFolder } from '../testing/connector-folder.fixture.ts';
import { connector as hostile } from '../testing/hostile-connector.fixture.ts';
import { accessToken, openTestBroker, order, type TestBroker } from '../testing/open-test-broker.fixture.ts';
import { answerJson } from '../testing/vendor.fixture.ts';
import { testedLevels } from '../testing/tested-levels.fixture.ts';

/** A broker whose connector is in a process of its own: what its code asks for, and what becomes of a call that it breaks. */

let built: ConnectorFolder;
beforeAll(async () => {
  built = await writeCompiledConnector(
    join(import.meta.dirname, '..', 'testing', 'hostile-connector.fixture.ts'),
    { manifest: manifestOf(hostile) },
  );
});
afterAll(() => built[Symbol.asyncDispose]());

const get = (path: string, more: object = {}) => ({ method: 'GET', path, ...more });

/** A request of hostile code, and the code of the refusal. None reaches the vendor. */
const refused: readonly (readonly [attack: string, request: object, code: string])[] = [
  ['a call that the manifest does not name', get('/accounts'), 'call_not_declared'],
  ['a method that the manifest does not name', { method: 'DELETE', path: '/orders/1' }, 'call_not_declared'],
  ['a write in a read', { method: 'POST', path: '/orders', json: {} }, 'call_not_declared'],
  ['a method of the protocol', { method: 'CONNECT', path: '/orders/1' }, 'call_not_declared'],
  ['dots in the path', get('/orders/../accounts'), 'path_unsafe'],
  ['dots that are encoded', get('/orders/%2e%2e/accounts'), 'path_unsafe'],
  ['a slash that is encoded', get('/orders/1%2f..%2faccounts'), 'path_unsafe'],
  ['a slash that is encoded twice', get('/orders/1%252f..'), 'path_unsafe'],
  ['a backslash', get('/orders/1\\..\\accounts'), 'path_unsafe'],
  ['another host in the path', get('//evil.example/orders/1'), 'path_unsafe'],
  ['another host as a URL', get('https://evil.example/orders/1'), 'path_unsafe'],
  ['another host as a user', get('@evil.example/orders/1'), 'path_unsafe'],
  ['a line break in the path', get('/orders/1\r\nHost: evil.example'), 'path_unsafe'],
  ['a query in the path', get('/orders/1?admin=true'), 'path_unsafe'],
  ['a fragment in the path', get('/orders/1#/accounts'), 'path_unsafe'],
  ['a credential of its own', get('/orders/1', { headers: { Authorization: 'x' } }), 'header_not_allowed'],
  ['another Host', get('/orders/1', { headers: { Host: 'evil.example' } }), 'header_not_allowed'],
  ['a header that is not declared', get('/orders/1', { headers: { Cookie: 'x' } }), 'header_not_allowed'],
  [
    'a line break in a header',
    get('/orders/1', { headers: { 'X-Trace': 'a\r\nHost: evil.example' } }),
    'request_malformed',
  ],
];

describe.each(testedLevels)('%s', (isolation) => {
  let kit: TestBroker;
  beforeAll(async () => {
    kit = await openTestBroker({
      isolation,
      folder: built.folder,
      hostLimits: { graceMs: 300, restartMs: 1, restartMostMs: 1 },
    });
  });
  afterAll(() => kit[Symbol.asyncDispose]());

  const attack = async (name: string, targets: Record<string, string> = {}) => {
    const { reply } = await kit.call({ operation: 'code.attack', input: { name, targets } });
    return reply;
  };
  const seen = () => kit.vendor.requests.map(({ method, url }) => `${method} ${url}`);

  test('an operation runs in its process and reaches the vendor through the broker', async () => {
    expect(kit.broker.isolation).toBe(isolation);
    kit.vendor.handle = answerJson(200, { ids: ['v-1'] });
    const { reply, write } = await kit.call({ operation: 'orders.create', records: [order('1')] });
    expect(reply).toEqual({ kind: 'written', outcomes: [{ outcome: 'created', vendorId: 'v-1' }] });
    expect(write).toMatchObject({ state: 'answered' });
  });

  test.each(refused)('%s is refused before a socket opens', async (_what, request, code) => {
    kit.vendor.requests.length = 0;
    expect(await kit.probe([request])).toMatchObject([{ code }]);
    expect(kit.vendor.requests).toEqual([]);
  });

  test('a redirect is not followed, and the credential goes nowhere else', async () => {
    kit.vendor.requests.length = 0;
    kit.vendor.handle = answerJson(302, {}, { location: `${kit.vendor.origin}/accounts` });
    await kit.probe([get('/orders/1')]);
    expect(seen()).toEqual(['GET /orders/1']);
  });

  test('a credential that the vendor echoes reaches the code as a mark, and is nowhere in its memory', async () => {
    kit.vendor.handle = (request, response) => {
      const { authorization = '' } = request.headers;
      const echo = { plain: authorization, base64: Buffer.from(authorization).toString('base64') };
      answerJson(200, echo, { 'x-echo': authorization })(request, response);
    };
    const [answer] = await kit.probe([get('/orders/1')]);
    expect(JSON.stringify(answer)).toContain('[redacted]');
    expect(JSON.stringify(answer)).not.toContain(accessToken);
    const backwards = accessToken.split('').toReversed().join('');
    expect(await attack('find the access token in the heap', { tokenBackwards: backwards })).toMatchObject({
      output: { message: 'there was nothing to get' },
    });
  });

  test('the search of the heap finds what is there', async () => {
    const left = 'left-behind-and-to-be-found-again';
    await attack('leave a secret in the module', { left });
    const tokenBackwards = left.split('').toReversed().join('');
    expect(await attack('find the access token in the heap', { tokenBackwards })).toMatchObject({
      output: { got: true },
    });
  });

  test('a process that ends after its write was answered leaves the report of that write', async () => {
    kit.vendor.handle = answerJson(200, { ids: ['v-2'] });
    const record = { number: 'exit', total: '1.00' };
    const { reply, write } = await kit.call({
      operation: 'orders.exitAfterWrite',
      records: [{ record, naturalKey: 'exit', effectKey: 'effect-exit' }],
    });
    expect(reply).toMatchObject({ kind: 'error', error: { code: 'host_exited', retry: 'later' } });
    expect(write).toMatchObject({ state: 'answered', answer: { status: 200 } });
  });

  test('a process that ends before any write leaves a report that says so, and the next call is served', async () => {
    const input: JsonValue = { name: 'exit', targets: {} };
    const { reply, write } = await kit.call({ operation: 'code.attack', input });
    expect(reply).toMatchObject({ kind: 'error', error: { code: 'host_exited' } });
    expect(write).toEqual({ state: 'none' });
    kit.vendor.handle = answerJson(200, { ids: ['v-3'] });
    const next = await kit.call({ operation: 'orders.create', records: [order('3')] });
    expect(next.reply).toMatchObject({ kind: 'written' });
  });

  test('a plan ends at its write, and its process goes on', async () => {
    const planned = await kit.call({ operation: 'orders.create', mode: 'plan', records: [order('4')] });
    expect(planned.write).toMatchObject({ state: 'withheld' });
    kit.vendor.handle = answerJson(200, { ids: ['v-4'] });
    const { reply } = await kit.call({ operation: 'orders.create', records: [order('4')] });
    expect(reply).toMatchObject({ kind: 'written' });
  });
});
