import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@hubspot/api-client';
import { createWorld, loadContract, readContract, type TestRun } from '@onceover/connector-kit/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hubspot } from './hubspot-connector.ts';
import { sandbox } from './sandbox/hubspot-sandbox.ts';
import { operationSamples } from './testing/operation-samples.ts';
import { triggerSamples } from './testing/trigger-samples.ts';

// HubSpot's own SDK speaks v3 paths: what it sends to them is compared with what the connector sends to 2026-03's.
const options = {
  sandbox,
  contract: loadContract(
    readContract(new URL('../contract/hubspot-contract.generated.json', import.meta.url)),
  ),
  samples: operationSamples,
  triggers: triggerSamples,
};

interface Seen {
  method: string;
  path: string;
  query: string[];
  authorization: string | undefined;
  contentType: string | undefined;
  body: unknown;
}

const seen: Seen[] = [];
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const text = Buffer.concat(chunks).toString();
    seen.push({
      method: request.method ?? '',
      path: url.pathname,
      query: [...url.searchParams].map(([name, value]) => `${name}=${value}`).sort(),
      authorization: request.headers.authorization,
      contentType: request.headers['content-type']?.split(';')[0],
      body: text === '' ? undefined : JSON.parse(text),
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"results":[],"total":0}');
  });
});
let client: Client;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is an AddressInfo.
  const { port } = server.address() as AddressInfo;
  client = new Client({ accessToken: sandbox.accessToken, basePath: `http://127.0.0.1:${port}` });
});
afterAll(() => server.close());

async function sentByConnector(operation: string, run: TestRun) {
  const { broker } = await createWorld(hubspot, options);
  const { calls } = await broker.run(operation, run);
  return calls;
}

test('upsert: the SDK and the connector send the same body', async () => {
  const [ours] = await sentByConnector('contacts.upsert', {
    records: operationSamples['contacts.upsert'].records,
  });
  const { inputs } = JSON.parse(ours?.request.body ?? '{}') as Parameters<
    typeof client.crm.contacts.batchApi.upsert
  >[0];
  await client.crm.contacts.batchApi.upsert({ inputs });
  expect(seen.at(-1)).toEqual({
    method: 'POST',
    path: '/crm/v3/objects/contacts/batch/upsert',
    query: [],
    authorization: `Bearer ${sandbox.accessToken}`,
    contentType: ours?.request.contentType,
    body: { inputs },
  });
  expect(ours?.request.path).toBe('/crm/objects/2026-03/contacts/batch/upsert');
});

test('find: the SDK and the connector ask with the same query', async () => {
  const [ours] = await sentByConnector('contacts.find', { input: { email: 'Ada+1@example.com' } });
  expect(ours?.request.path).toBe('/crm/objects/2026-03/contacts/ada%2B1%40example.com');
  expect(ours?.request.query).toBe(
    'properties=email&properties=firstname&properties=lastname&properties=phone&properties=company' +
      '&properties=lifecyclestage&properties=lastmodifieddate&idProperty=email',
  );
  const query = new URLSearchParams(ours?.request.query);
  await client.crm.contacts.basicApi.getById(
    'ada+1@example.com',
    query.getAll('properties'),
    undefined,
    undefined,
    undefined,
    query.get('idProperty') ?? undefined,
  );
  const theirs = seen.at(-1);
  expect(theirs?.path.split('/').at(-1)).toBe(ours?.request.path.split('/').at(-1));
  const asked = [...query].map(([name, value]) => `${name}=${value}`).sort();
  // The SDK joins a list with commas or repeats its name, by version: both are the same to HubSpot.
  expect(theirs?.query.flatMap(spread).sort()).toEqual(asked);
});

test('search: the SDK and the connector send the same body', async () => {
  const [ours] = await sentByConnector('contacts.listChanged', { input: { since: '2026-11-20T08:00:00Z' } });
  const body = JSON.parse(ours?.request.body ?? '{}') as Parameters<
    typeof client.crm.contacts.searchApi.doSearch
  >[0];
  await client.crm.contacts.searchApi.doSearch(body);
  expect(seen.at(-1)).toMatchObject({ path: '/crm/v3/objects/contacts/search', body });
});

function spread(pair: string): string[] {
  const [name = '', value = ''] = pair.split('=');
  return value.split(',').map((one) => `${name}=${one}`);
}
