import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { migrations } from '@onceover/store';
import { readTable, type TestDatabase } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadGolden } from './demo/golden.ts';
import { sandboxClient } from './demo/sandbox-client.ts';
import { packageFolder } from './package-folder.ts';
import { ask } from './testing/ask.ts';
import { type Example, startExample, startTestRunner, type TestRunner } from './testing/start-test-runner.ts';

const apiKey = 'canary-api-key-0123456789-0123456789';
const tokenOf = (connection: string) => `canary-token-of-${connection}`;
const webhookSecretOf = (connection: string) => `canary-webhook-secret-of-${connection}`;
const connections = ['billing', 'crm', 'support'];
const headers = { authorization: `Bearer ${apiKey}` };

let example: Example;
let rude: Server;
let runner: TestRunner;
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
    response.end(JSON.stringify({ status: 'error', message, error: message, description: message }));
  });
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
  const { port } = rude.address() as AddressInfo;
  const all = example.config.connections.map((connection) => ({
    ...connection,
    ...(connection['id'] === 'billing' ? {} : { origin: `http://127.0.0.1:${port}` }),
  }));
  runner = await startTestRunner({
    config: { ...example.config, connections: all },
    variables: { ONCEOVER_API_KEY: apiKey },
  });
});
afterAll(async () => {
  await runner?.stop();
  rude?.close();
  await example?.stop();
});

/** Whatever the API tells, kept for the search. */
async function remember(path: string, init: RequestInit = { headers }): Promise<void> {
  const answer = await ask(runner.url + path, init);
  answers.push(`${path} ${answer.status} ${JSON.stringify([...answer.headers])} ${answer.text}`);
}

async function everythingIn(database: TestDatabase): Promise<string> {
  const created = migrations.flatMap(({ sql }) => [...sql.matchAll(/create table onceover\.(\w+) \(/g)]);
  const tables = [...new Set(created.map(([, table = '']) => table)), 'migrations'];
  expect(tables.length).toBeGreaterThan(12);
  const rows = await Promise.all(tables.map((table) => readTable(database, table)));
  return JSON.stringify(rows, function replace(this: Record<string, unknown>, key: string, value: unknown) {
    const raw = this[key];
    return Buffer.isBuffer(raw) ? raw.toString('latin1') : value;
  });
}

test('secrets: none is in a log at trace level, an HTTP answer or a database row, through success and failure', async () => {
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
  // What callers send and get wrong.
  await remember('/v1/runs', { headers: { authorization: `Bearer ${apiKey}x` } });
  await remember('/v1/runs', { headers: { authorization: `Basic ${apiKey}` } });
  await remember(`/v1/nothing?key=x`, { headers });
  await remember('/v1/events', { method: 'POST', headers, body: '{' });
  await remember('/v1/hooks/billing', { method: 'POST', body: '{"id":1}' });

  const password = new URL(runner.database.url).password;
  const canaries = [apiKey, password, ...connections.map(tokenOf), ...connections.map(webhookSecretOf)];
  const places = {
    log: runner.logged(),
    answers: answers.join('\n'),
    database: await everythingIn(runner.database),
  };
  // The failures really came through: what the vendor said is there, without the credential.
  expect(places.answers).toContain('may not do that');
  expect(places.database).toContain('may not do that');
  expect(places.log).toContain('request refused');
  for (const [place, text] of Object.entries(places)) {
    expect(text.length).toBeGreaterThan(1000);
    for (const canary of canaries) {
      const forms = [canary, Buffer.from(canary).toString('base64'), Buffer.from(canary).toString('hex')];
      const hits = forms.filter((form) => text.includes(form.replace(/=+$/, '')));
      expect([place, canary, hits]).toEqual([place, canary, []]);
    }
  }
});
