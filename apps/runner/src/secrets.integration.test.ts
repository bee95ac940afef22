import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  canaryForms,
  createDatabaseOn,
  createTestDatabase,
  dumpDatabase,
  echoedForms,
  pgDump,
  startPostgres15,
  type TestDatabase,
  type TestServer,
} from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadGolden } from './demo/golden.ts';
import { sandboxClient } from './demo/sandbox-client.ts';
import { packageFolder } from './package-folder.ts';
import { ask } from './testing/ask.ts';
import { type Example, startExample, startTestRunner, type TestRunner } from './testing/start-test-runner.ts';

const apiKey = 'canary-api-key-0123456789-0123456789';
// With what encodings change.
const tokenOf = (connection: string) => String.raw`canary+token/"of\a"&~${connection}==`;
const webhookSecretOf = (connection: string) => String.raw`canary+webhook/"secret\of"&~${connection}==`;
/** No secret: the same search must find it in each place. */
const control = 'control-canary-of-the-search';
const connections = ['billing', 'crm', 'support'];
const headers = { authorization: `Bearer ${apiKey}` };

let example: Example;
let rude: Server;
let runner: TestRunner;
/** One that an installed `pg_dump` can read; the bundled PostgreSQL brings none. */
let server: TestServer | undefined;
let database: TestDatabase;
const answers: string[] = [];

beforeAll(async () => {
  example = await startExample((id) => ({ accessToken: tokenOf(id), webhookSecret: webhookSecretOf(id) }));
  // A vendor that tells the credential back, wherever it can.
  rude = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    response.writeHead(request.url?.includes('users') === true ? 500 : 400, {
      'content-type': 'application/json',
      'x-echo': authorization,
      'x-request-id': authorization.replace('Bearer ', ''),
    });
    const message = `The credential "${authorization}" may not do that`;
    const token = authorization.replace('Bearer ', '');
    const description = [...echoedForms(token), message].join(' ');
    response.end(JSON.stringify({ status: 'error', message: description, error: message, description }));
  });
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
  const { port } = rude.address() as AddressInfo;
  const all = example.config.connections.map((connection) => ({
    ...connection,
    ...(connection['id'] === 'billing' ? {} : { origin: `http://127.0.0.1:${port}` }),
  }));
  server = await startPostgres15();
  database = await (server === undefined ? createTestDatabase() : createDatabaseOn(server));
  runner = await startTestRunner({
    database,
    config: { ...example.config, connections: all },
    variables: { ONCEOVER_API_KEY: apiKey, ONCEOVER_ENVIRONMENT: control },
  });
});
afterAll(async () => {
  await runner?.stop();
  await database?.drop();
  await server?.release();
  rude?.close();
  await example?.stop();
});

/** Whatever the API tells, kept for the search. */
async function remember(path: string, init: RequestInit = { headers }): Promise<void> {
  const answer = await ask(runner.url + path, init);
  answers.push(`${path} ${answer.status} ${JSON.stringify([...answer.headers])} ${answer.text}`);
}

/** The forms of a text that lie in another. */
function formsIn(text: string, canary: string): readonly string[] {
  return canaryForms(canary).filter((form) => text.includes(form));
}

/** Data that an event of the type may have, as the API tells it. */
async function exampleData(): Promise<unknown> {
  const { text } = await ask(`${runner.url}/v1/event-types?limit=200`, { headers });
  const { items } = JSON.parse(text) as { items: { type: string; example: unknown }[] };
  return items.find(({ type }) => type === 'billing.invoice-paid.v1')?.example;
}

test('secrets: none is in a log at trace level, an HTTP answer, a database row or a pg_dump, through success and failure', async () => {
  const golden = await loadGolden(
    join(packageFolder(), 'golden', 'webhooks.generated.json'),
    { unique: 14, duplicates: 2, forged: 2 },
    new Date(),
  );
  for (const webhook of golden.webhooks) {
    const { connection, event, forged } = webhook;
    const vendor = sandboxClient(connection, example.sandboxes.get(connection)?.url ?? '');
    await vendor.send({ to: `${runner.url}/v1/hooks/${connection}`, event, forged });
  }
  const query = { limit: 200, tenant: 'default', expandSteps: true };
  const failed = async () => {
    const { items } = await runner.runner.runtime.listRuns({ ...query, status: 'dead_lettered' });
    return items;
  };
  await expect.poll(failed, { timeout: 20_000 }).not.toEqual([]);

  for (const path of [
    'runs?expand=steps',
    'events',
    'lanes',
    'quarantine',
    'connections',
    'connectors',
    'flows',
  ]) {
    await remember(`/v1/${path}`);
  }
  const [run] = await failed();
  await remember(`/v1/runs/${run?.id}`);
  for (const path of ['/v1/openapi.json', '/metrics', '/readyz', '/healthz']) await remember(path);
  // What is no secret, on the same ways.
  await remember(`/v1/runs/${control}`);
  const data = await exampleData();
  const event = { specversion: '1.0', id: control, source: '/tests', type: 'billing.invoice-paid.v1', data };
  await remember('/v1/events', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  await remember('/v1/events');
  // What callers send and get wrong.
  await remember('/v1/runs', { headers: { authorization: `Bearer ${apiKey}x` } });
  await remember('/v1/runs', { headers: { authorization: `Basic ${apiKey}` } });
  await remember(`/v1/nothing?key=x`, { headers });
  await remember('/v1/events', { method: 'POST', headers, body: '{' });
  await remember('/v1/hooks/billing', { method: 'POST', body: '{"id":1}' });

  const password = new URL(runner.database.url).password;
  const canaries = [apiKey, password, ...connections.map(tokenOf), ...connections.map(webhookSecretOf)];
  const dump = await pgDump(database);
  const places = {
    log: runner.logged(),
    answers: answers.join('\n'),
    database: [...(await dumpDatabase(database))].flat().join('\n'),
    // Undefined where nothing can make one, which was said then.
    ...(dump === undefined ? {} : { dump }),
  };
  // The failures really came through: what the vendor said is there, without the credential.
  expect(places.answers).toContain('may not do that');
  expect(places.database).toContain('may not do that');
  expect(places.log).toContain('request refused');
  for (const [place, text] of Object.entries(places)) {
    expect(text.length).toBeGreaterThan(1000);
    for (const canary of canaries) {
      expect([place, canary, formsIn(text, canary)]).toEqual([place, canary, []]);
    }
    expect([place, formsIn(text, control)]).not.toEqual([place, []]);
  }
});
