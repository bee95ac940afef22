import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from './cli/main.ts';
import { readEnvironment } from './environment.ts';
import type { ShownRotation, ShownSecret } from './http/rotation-schemas.ts';
import { ask, problemOf } from './testing/ask.ts';
import { startTestSandbox, writeConnectorFolder } from './testing/source-connectors.ts';
import { startTestRunner, type TestRunner } from './testing/start-test-runner.ts';

let runner: TestRunner;
const clientSecret = 'canary-client-secret-0123';
const origins = new Map<string, string>();
const tokens = new Map<string, string>();
const opened = new AsyncDisposableStack();

beforeAll(async () => {
  const connectors: string[] = [];
  for (const id of ['stripe', 'hubspot', 'zendesk'] as const) {
    const sandbox = await startTestSandbox(id);
    opened.defer(() => sandbox.stop());
    origins.set(id, sandbox.url);
    tokens.set(id, sandbox.accessToken);
    const folder = await writeConnectorFolder(id);
    opened.defer(() => rm(folder, { recursive: true, force: true }));
    connectors.push(folder);
  }
  runner = opened.use(
    await startTestRunner({
      config: {
        connectors,
        registrations: [
          {
            id: 'hubspot-app',
            connector: 'hubspot',
            clientId: 'client',
            clientSecret,
            origin: origins.get('hubspot'),
          },
          { id: 'stripe-app', connector: 'stripe', clientId: 'client', origin: origins.get('stripe') },
        ],
        connections: [
          { id: 'crm', connector: 'hubspot', registration: 'hubspot-app', owner: 'maria' },
          { id: 'billing', connector: 'stripe', registration: 'stripe-app', owner: 'maria' },
          { id: 'robot', connector: 'hubspot', owner: 'jo', credentials: { accessToken: 'given-token' } },
          {
            id: 'support',
            connector: 'zendesk',
            owner: 'jo',
            variables: { subdomain: 'acme' },
            origin: origins.get('zendesk'),
            credentials: { accessToken: tokens.get('zendesk') },
          },
        ],
      },
    }),
  );
});
afterAll(() => opened.disposeAsync());

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  ask(`${runner.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
/** Tells the sandbox which client secrets hold. */
const holding = (vendor: 'stripe' | 'hubspot', secrets: readonly string[]) =>
  ask(`${origins.get(vendor)}/_sandbox/client-secrets`, {
    method: 'POST',
    body: JSON.stringify({ secrets }),
  });
const secretsOf = async (id: string): Promise<readonly ShownSecret[]> => {
  const { json } = await ask(`${runner.url}/v1/registrations`);
  const { items } = json as { items: { id: string; secrets: ShownSecret[] }[] };
  return items.find((one) => one.id === id)?.secrets ?? [];
};
async function cli(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const environment = () => readEnvironment({ ONCEOVER_URL: runner.url }, process.cwd());
  await createProgram({ environment, print, printError: print }).parseAsync(['node', 'onceover', ...args]);
  return lines.join('\n');
}

test('a registration shows its secrets, how old they are, and which it lacks', async () => {
  expect(await secretsOf('hubspot-app')).toMatchObject([
    {
      secret: 'clientSecret',
      uses: ['oauth', 'webhook'],
      issuer: 'person',
      state: 'ok',
      ageDays: 0,
      maxAgeDays: 90,
    },
  ]);
  expect(await secretsOf('stripe-app')).toMatchObject([{ secret: 'clientSecret', state: 'missing' }]);
  expect(await cli('registrations', 'list')).toMatch(
    /hubspot-app +hubspot +client +clientSecret +oauth, webhook +person/,
  );
});

test('a first secret is added once', async () => {
  const path = '/v1/registrations/stripe-app/secrets';
  const added = await post(path, { value: 'sk_canary_first_0123456789' });
  expect(added).toMatchObject({ status: 200, json: { secret: 'clientSecret', version: 1, state: 'ok' } });
  const again = await post(path, { value: 'sk_canary_second_0123456789' });
  expect(problemOf(again)).toMatchObject({ status: 409, code: 'secret_there' });
  expect(problemOf(await post(path, { value: 'x' }))).toMatchObject({ status: 422, code: 'secret_invalid' });
});

test('a person’s secret: the page and the steps, then the new one, of which one rotation serves both uses', async () => {
  const parked = await cli('registrations', 'rotate', 'hubspot-app');
  expect(parked).toMatch(/a person gets the new secret, until 20/);
  expect(parked).toMatch(/1\. Open the app in the developer account/);
  expect(parked).toMatch(
    /Then: onceover registrations rotate hubspot-app --secret clientSecret --stdin < file/,
  );
  expect(await secretsOf('hubspot-app')).toMatchObject([{ state: 'waiting' }]);

  const value = 'canary-client-secret-4567';
  await holding('hubspot', [clientSecret, value]);
  const { status, json, text } = await post('/v1/registrations/hubspot-app/rotate', { value });
  expect(status).toBe(200);
  expect(text).not.toContain('canary');
  // The vendor still accepts the old one: that is said, and tried again.
  expect(json as ShownRotation).toMatchObject({
    step: 'revoke',
    lastFailure: expect.stringMatching(/^old_secret_holds: .*app\.hubspot\.com/),
  });
  await holding('hubspot', [value]);
  expect((await post('/v1/registrations/hubspot-app/rotate', {})).json).toMatchObject({
    waitingFor: 'person',
  });
  expect(runner.logged()).not.toContain('canary');
});

test('a secret that the vendor does not know is asked for again; after a compromise the old one must be gone', async () => {
  await holding('stripe', ['sk_canary_first_0123456789']);
  const path = '/v1/registrations/stripe-app/rotate';
  const wrong = await post(path, { value: 'sk_canary_wrong_0123456789', compromised: true });
  expect(wrong.json).toMatchObject({
    waitingFor: 'person',
    lastFailure: expect.stringMatching(/not accepted/),
  });
  const value = 'sk_canary_third_0123456789';
  await holding('stripe', [value]);
  expect((await post(path, { value })).json).toMatchObject({ outcome: 'rotated', proven: true });
  expect(await secretsOf('stripe-app')).toMatchObject([{ state: 'ok', version: 3 }]);
});

test('a connection whose vendor does not end refresh tokens must be authorised again', async () => {
  expect(problemOf(await post('/v1/connections/crm/rotate', {}))).toMatchObject({
    status: 409,
    code: 'not_connected',
  });
  expect(problemOf(await post('/v1/connections/robot/rotate', {}))).toMatchObject({
    status: 409,
    code: 'not_connected',
  });
});

test('a connection’s own secret is rotated by its name, and its rotation cancelled', async () => {
  const { json } = await post('/v1/connections/billing/rotate', { secret: 'webhookSecret' });
  expect(json).toMatchObject({ secret: 'webhookSecret', waitingFor: 'person', replaces: null });
  const command = ['connections', 'rotate', 'billing', '--secret', 'webhookSecret', '--cancel'];
  expect(await cli(...command)).toMatch(/webhookSecret: NOT rotated: cancelled by /);
  await expect(cli(...command)).rejects.toThrow(
    /^409 Conflict: There is no rotation of webhookSecret to cancel/,
  );
  const both = await post('/v1/connections/billing/rotate', {
    secret: 'webhookSecret',
    cancel: true,
    compromised: true,
  });
  expect(problemOf(both)).toMatchObject({ status: 422, code: 'cancel_or_rotate' });
});

test.each([{ value: 'canary-secret-of-nothing' }, { compromised: true }, { cancel: true }])(
  'what is said of a secret is not taken for a refresh token’s: %o',
  async (body) => {
    const answer = await post('/v1/connections/crm/rotate', body);
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'secret_unnamed' });
    expect(answer.text).not.toContain('canary');
  },
);

test('a signing secret that the vendor resets by API: the first delivery with it puts it into use', async () => {
  const path = '/v1/connections/support/rotate';
  const early = await post(path, { secret: 'webhookSecret' });
  expect(early.json).toMatchObject({
    outcome: 'failed',
    detail: expect.stringMatching(/connections subscribe support/),
  });
  expect((await post('/v1/connections/support/subscribe', {})).status).toBe(200);
  expect((await post(path, { secret: 'webhookSecret' })).json).toMatchObject({
    step: 'test',
    waitingFor: 'delivery',
    version: 2,
    replaces: 1,
  });
  const event = {
    id: '1',
    type: 'zen:event-type:ticket.created',
    account_id: 1,
    detail: { id: '1' },
    event: {},
  };
  const sent = await ask(`${origins.get('zendesk')}/_sandbox/send`, {
    method: 'POST',
    body: JSON.stringify({ to: `${runner.url}/v1/hooks/support`, event }),
  });
  expect(sent.json).toMatchObject({ status: 200 });
  await expect
    .poll(async () => (await post(path, { secret: 'webhookSecret' })).json, { timeout: 15_000 })
    .toMatchObject({ outcome: 'rotated', proven: null });
  expect(runner.logged()).not.toContain('signing-secret-');
});

test('reconcile says where a vendor cannot be asked', async () => {
  const said = await cli('connections', 'reconcile', 'billing');
  expect(said).toContain('billing webhookSecret: the vendor cannot be asked for its list');
  expect(said).toContain('stripe-app clientSecret: the vendor cannot be asked for its list');
});

test.each([
  ['another tenant’s registration', '/v1/registrations/hubspot-app/rotate', 'registration_unknown'],
  ['another tenant’s connection', '/v1/connections/crm/rotate', 'connection_unknown'],
  ['another tenant’s secrets', '/v1/connections/crm/reconcile', 'connection_unknown'],
])('%s is not there', async (_name, path, code) => {
  const answer = await post(path, {}, { 'onceover-tenant': 'acme' });
  expect(problemOf(answer)).toMatchObject({ status: 404, code });
});

test('a secret that there is not is named with those that there are', async () => {
  const answer = await post('/v1/registrations/hubspot-app/rotate', { secret: 'password' });
  expect(problemOf(answer)).toMatchObject({
    status: 404,
    code: 'secret_unknown',
    detail: expect.stringContaining('It has: clientSecret'),
  });
});
