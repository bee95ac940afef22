import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from './cli/main.ts';
import { readEnvironment } from './environment.ts';
import { ask, problemOf } from './testing/ask.ts';
import {
  type ExampleConnector,
  exampleConnectors,
  startTestSandbox,
  type TestSandbox,
  writeConnectorFolder,
} from './testing/source-connectors.ts';
import { startTestRunner, type TestRunner } from './testing/start-test-runner.ts';

let runner: TestRunner;
const opened = new AsyncDisposableStack();
const sandboxes = new Map<ExampleConnector, TestSandbox>();
const variables = { subdomain: 'acme' };

beforeAll(async () => {
  const connectors: string[] = [];
  for (const id of exampleConnectors) {
    const sandbox = await startTestSandbox(id);
    opened.defer(() => sandbox.stop());
    sandboxes.set(id, sandbox);
    const folder = await writeConnectorFolder(id);
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    connectors.push(folder);
  }
  runner = await startTestRunner({
    config: {
      connectors,
      registrations: [
        {
          id: 'hubspot-app',
          connector: 'hubspot',
          clientId: 'client-of-hubspot',
          clientSecret: sandboxes.get('hubspot')?.webhookSecret,
          origin: sandboxes.get('hubspot')?.url,
        },
        {
          id: 'zendesk-app',
          connector: 'zendesk',
          clientId: 'client-of-zendesk',
          clientSecret: 'client-secret-of-zendesk',
          origin: sandboxes.get('zendesk')?.url,
        },
      ],
      connections: [
        given('billing', 'stripe'),
        { ...given('crm', 'hubspot'), registration: 'hubspot-app' },
        { id: 'support', connector: 'zendesk', registration: 'zendesk-app', owner: 'jo', variables },
        { ...given('refused', 'zendesk'), variables, credentials: { accessToken: 'no-such-token' } },
      ],
    },
  });
});
afterAll(async () => {
  await runner?.stop();
  await opened.disposeAsync();
});

function given(id: string, connector: ExampleConnector) {
  const { url, accessToken } = sandboxes.get(connector) ?? {};
  return { id, connector, owner: 'jo', origin: url, credentials: { accessToken } };
}

/** The command line, in this process. */
async function cli(...args: string[]): Promise<{ printed: string; exitCode: unknown }> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const environment = () => readEnvironment({ ONCEOVER_URL: runner.url }, '/');
  const before = process.exitCode;
  await createProgram({ environment, print, printError: print }).parseAsync(['node', 'onceover', ...args]);
  const { exitCode } = process;
  process.exitCode = before;
  return { printed: lines.join('\n'), exitCode };
}

/** What the vendor's own list holds, by URL. */
async function listed(connector: ExampleConnector): Promise<string[]> {
  const [path, at, field] =
    connector === 'stripe'
      ? ['/v1/webhook_endpoints?limit=100', 'data', 'url']
      : ['/api/v2/webhooks', 'webhooks', 'endpoint'];
  const { url = '', accessToken = '' } = sandboxes.get(connector) ?? {};
  const headers = { authorization: `Bearer ${accessToken}`, 'stripe-version': '2026-10-28.endive' };
  const body = (await ask(url + path, { headers })).json as Record<string, Record<string, string>[]>;
  return (body[at] ?? []).map((one) => one[field] ?? '');
}

const marksOf = (printed: string) => printed.split('\n').filter((line) => /^[✓!✗–]/.test(line));

describe('stripe', () => {
  const hook = () => `${runner.url}/v1/hooks/billing`;

  test('a start does not subscribe a development sandbox; a look says that there is none, and how to go on', async () => {
    const { printed, exitCode } = await cli('connections', 'check', 'billing');
    expect(printed).toContain(`✗ webhook subscription  there is none for ${hook()}`);
    expect(printed).toContain('onceover connections subscribe billing');
    expect(printed).toContain('https://dashboard.stripe.com/workbench/webhooks');
    expect(exitCode).toBe(1);
    expect(await listed('stripe')).toEqual([]);
  });

  test('subscribe makes one, however often, and what the vendor sends is then believed', async () => {
    const { printed, exitCode } = await cli('connections', 'subscribe', 'billing');
    expect(printed).toContain(
      `✓ webhook subscription  exactly one, to ${hook()}: invoice.paid, invoice.payment_failed`,
    );
    expect(printed).toMatch(/– delivery .*none was verified yet.*onceover connections check billing/);
    expect(exitCode).not.toBe(1);
    await cli('connections', 'subscribe', 'billing');
    expect(await listed('stripe')).toEqual([hook()]);
    // The config gives no secret: the one that the vendor told holds.
    const sent = await ask(`${sandboxes.get('stripe')?.url ?? ''}/_sandbox/send`, {
      method: 'POST',
      body: JSON.stringify({
        to: hook(),
        event: { id: 'evt_1', type: 'ping', created: 1, data: { object: { id: 'x' } } },
      }),
    });
    expect(sent.json).toMatchObject({ status: 200 });
    await expect
      .poll(async () => (await cli('connections', 'check', 'billing')).printed, { timeout: 10_000 })
      .toMatch(/✓ delivery +verified, the last at 2/);
  });
});

test('hubspot: a person subscribes the app, step by step, and a delivery shows that it was done', async () => {
  const { printed, exitCode } = await cli('connections', 'check', 'crm');
  const url = `${runner.url}/v1/hooks/hubspot-app`;
  expect(printed).toContain(`– webhook subscription  a person makes it at the vendor, for ${url}:`);
  expect(printed).toContain(`2. Set the target URL ("settings.targetUrl" in the file) to ${url}.`);
  expect(exitCode).not.toBe(1);
  const sent = await ask(`${sandboxes.get('hubspot')?.url ?? ''}/_sandbox/send`, {
    method: 'POST',
    body: JSON.stringify({ to: url, event: { eventId: 1, portalId: 1, objectId: 1, occurredAt: 1 } }),
  });
  expect(sent.json).toMatchObject({ status: 200 });
  await expect
    .poll(async () => marksOf((await cli('connections', 'check', 'crm')).printed).slice(3), {
      timeout: 10_000,
    })
    .toEqual([expect.stringMatching(/^✓ webhook.*made by a person/), expect.stringMatching(/^✓ delivery/)]);
});

describe('zendesk', () => {
  const hook = () => `${runner.url}/v1/hooks/support`;

  test('connecting subscribes; disconnecting removes it before the grant ends', async () => {
    const { printed } = await cli('connect', 'support', '--client-credentials');
    expect(printed).toContain(`✓ webhook subscription  exactly one, to ${hook()}`);
    expect(await listed('zendesk')).toEqual([hook()]);
    const revoked = await cli('connections', 'revoke', 'support', '--reason', 'test');
    expect(revoked.printed).toContain('proven at the vendor');
    expect(revoked.printed).toContain('Its webhook subscription is removed at the vendor.');
    expect(await listed('zendesk')).toEqual([]);
  });

  test('a vendor that refuses: the list says why, and what a person can do', async () => {
    const { printed, exitCode } = await cli('connections', 'subscribe', 'refused');
    expect(printed).toMatch(/✗ webhook subscription .*http_401/);
    expect(printed).toContain(`3. Endpoint URL: ${runner.url}/v1/hooks/refused`);
    expect(exitCode).toBe(1);
  });
});

test('the list as JSON; unknown connections are 404', async () => {
  const answer = await ask(`${runner.url}/v1/connections/crm/checks`);
  expect(answer.json).toMatchObject({ connection: 'crm', checks: expect.any(Array) });
  const { printed } = await cli('connections', 'check', 'crm', '--json');
  expect(JSON.parse(printed)).toMatchObject({ connection: 'crm' });
  for (const [path, method] of [
    ['checks', 'GET'],
    ['subscribe', 'POST'],
  ] as const) {
    const refused = problemOf(await ask(`${runner.url}/v1/connections/none/${path}`, { method }));
    expect(refused).toMatchObject({ status: 404, code: 'connection_unknown' });
  }
});

test('no secret is told', async () => {
  const { webhookSecret = '' } = sandboxes.get('stripe') ?? {};
  const texts = [runner.logged(), (await ask(`${runner.url}/v1/connections/billing/checks`)).text];
  for (const text of texts) expect(text).not.toContain(webhookSecret);
});
