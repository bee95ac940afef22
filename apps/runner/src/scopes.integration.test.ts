import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { createProgram } from './cli/main.ts';
import { loadGolden } from './demo/golden.ts';
import { replay } from './demo/replay.ts';
import { sandboxClient } from './demo/sandbox-client.ts';
import { readEnvironment } from './environment.ts';
import type { scopeTableSchema } from './http/routes/scopes.ts';
import { packageFolder } from './package-folder.ts';
import { ask, problemOf } from './testing/ask.ts';
import { type Example, startExample, startTestRunner, type TestRunner } from './testing/start-test-runner.ts';

type ScopeTable = z.output<typeof scopeTableSchema>;

let example: Example;
let runner: TestRunner;

beforeAll(async () => {
  example = await startExample();
  runner = await startTestRunner({ config: example.config });
  const file = join(packageFolder(), 'golden', 'webhooks.generated.json');
  const golden = await loadGolden(file, { unique: 140, duplicates: 0, forged: 0 }, new Date());
  const clients = new Map([...example.sandboxes].map(([id, { url }]) => [id, sandboxClient(id, url)]));
  for (const { connection, records } of golden.seeds) await clients.get(connection)?.seed(records);
  await replay({
    webhooks: golden.webhooks,
    sandboxes: clients,
    url: runner.url,
    concurrency: 8,
    onProgress: () => {},
    signal: AbortSignal.timeout(60_000),
  });
  await runner.runner.runtime.idle({ signal: AbortSignal.timeout(60_000) });
}, 120_000);
afterAll(async () => {
  await runner?.stop();
  await example?.stop();
});

async function tableOf(connector: string, query = ''): Promise<ScopeTable> {
  // The route's own schema made it.
  return (await ask(`${runner.url}/v1/connectors/${connector}/scopes${query}`)).json as ScopeTable;
}

async function cli(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  const environment = () => readEnvironment({ ONCEOVER_URL: runner.url }, packageFolder());
  await createProgram({ environment, print, printError: print }).parseAsync(['node', 'onceover', ...args]);
  return lines.join('\n');
}

test('scopes: after the golden webhooks the table tells which calls were made, how often, and what rested', async () => {
  const hubspot = await tableOf('hubspot');
  const upsert = hubspot.calls.filter(({ operation }) => operation === 'contacts.upsert');
  expect(upsert.reduce((sum, { used }) => sum + used, 0)).toBe(80);
  const write = hubspot.scopes.find(({ scope }) => scope === 'crm.objects.contacts.write');
  expect(write).toMatchObject({
    verdict: 'used',
    unusedDays: 0,
    unknownAt: ['crm'],
    grantedTo: [],
    missingAt: [],
  });
  expect(write?.reason).toMatch(/\w{10}/);
  expect(hubspot.suggestion.operations).toContain('companies.upsert');
  expect(hubspot.suggestion.operations).not.toContain('contacts.upsert');
  expect(hubspot.suggestion.scopes).toContain('crm.objects.companies.write');
  expect(hubspot.suggestion.scopes).not.toContain('crm.objects.contacts.write');
  expect(hubspot.refused).toEqual([]);
  const stripe = await tableOf('stripe');
  expect(stripe.suggestion.operations).toContain('refunds.create');
});

test('scopes: each is a tenant’s own, and what is not known is 404 or 400', async () => {
  const other = await ask(`${runner.url}/v1/connectors/hubspot/scopes`, {
    headers: { 'onceover-tenant': 'another' },
  });
  expect((other.json as ScopeTable).calls.every(({ used }) => used === 0)).toBe(true);
  expect((other.json as ScopeTable).scopes.every(({ unknownAt }) => unknownAt.length === 0)).toBe(true);
  const unknown = problemOf(await ask(`${runner.url}/v1/connectors/nothing/scopes`));
  expect(unknown).toMatchObject({ status: 404, code: 'connector_unknown' });
  expect(unknown.detail).toMatch(/Loaded: stripe, hubspot, zendesk/);
  expect((await ask(`${runner.url}/v1/connectors/stripe/scopes?unusedDays=0`)).status).toBe(400);
});

test('connectors scopes: for a person, for a review, for a program', async () => {
  const text = await cli('connectors', 'scopes');
  for (const connector of ['stripe', 'hubspot', 'zendesk']) {
    expect(text).toMatch(new RegExp(`^${connector} \\d+\\.\\d+\\.\\d+: scopes$`, 'm'));
  }
  expect(text).toMatch(/crm\.objects\.contacts\.write +used +- +- +crm +80/);
  expect(text).toMatch(
    /Not used within 90 days; a smaller manifest does without: .*operation refunds\.create/,
  );
  const markdown = await cli('connectors', 'scopes', 'hubspot', '--markdown');
  expect(markdown).toMatch(/^### hubspot .*: scopes\n\| scope \| verdict \|.*\n\| --- \|/);
  expect(markdown).not.toMatch(/stripe/);
  const json = JSON.parse(await cli('connectors', 'scopes', 'zendesk', '--json')) as ScopeTable[];
  expect(json.map(({ connector }) => connector)).toEqual(['zendesk']);
  await expect(cli('connectors', 'scopes', 'nothing')).rejects.toThrow(/connector_unknown|no connector/);
});
