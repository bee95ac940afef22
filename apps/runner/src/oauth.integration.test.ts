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
  const originOf = (id: ExampleConnector) => sandboxes.get(id)?.url;
  const variables = { subdomain: 'acme' };
  runner = await startTestRunner({
    config: {
      connectors,
      registrations: exampleConnectors.map((connector) => ({
        id: `${connector}-app`,
        connector,
        clientId: `client-of-${connector}`,
        clientSecret: `canary-client-secret-of-${connector}`,
        origin: originOf(connector),
      })),
      connections: [
        ...exampleConnectors.map((connector) => ({
          id: connector,
          connector,
          registration: `${connector}-app`,
          owner: 'maria',
          identity: `onceover-${connector}@acme.example`,
          ...(connector === 'zendesk' ? { variables } : {}),
        })),
        { id: 'robot', connector: 'zendesk', registration: 'zendesk-app', owner: 'jo', variables },
        { id: 'given', connector: 'hubspot', owner: 'jo', credentials: { accessToken: 'given-token' } },
        { id: 'other', connector: 'hubspot', registration: 'hubspot-app', owner: 'jo', tenant: 'acme' },
      ],
    },
  });
});
afterAll(async () => {
  await runner?.stop();
  await opened.disposeAsync();
});

const json = { 'content-type': 'application/json' };
const authorizeUrl = async (id: string) => {
  const { json: body } = await ask(`${runner.url}/v1/connections/${id}/authorize`);
  return (body as { url: string }).url;
};
const shown = async (id: string) => {
  const { json: body } = await ask(`${runner.url}/v1/connections`);
  return (body as { items: ({ id: string } & Record<string, unknown>)[] }).items.find((one) => one.id === id);
};

/** A person's browser: keeps cookies of each host, follows redirects. */
async function browse(url: string, cookies = new Map<string, string>()) {
  for (let next = url; ; ) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await ask(next, next.startsWith(runner.url) ? { headers: { cookie } } : {});
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.split('=')[0] ?? '', pair.split('=')[1] ?? '');
    }
    const location = answer.headers.get('location');
    if (location === null) return answer;
    next = new URL(location, next).href;
  }
}

/** The command line, in this process; a link that it prints is opened by a person. */
async function cli(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const print = (line: string) => {
    lines.push(line);
    const [url] = /http:\S+\/v1\/oauth\/start\/\S+/.exec(line) ?? [];
    if (url !== undefined) void browse(url);
  };
  const environment = () => readEnvironment({ ONCEOVER_URL: runner.url }, '/');
  await createProgram({ environment, print, printError: print }).parseAsync(['node', 'onceover', ...args]);
  return lines.join('\n');
}

describe('onceover connect, against the vendors’ sandboxes', () => {
  test.each([
    ['hubspot', ['✓ authorised', '✓ scopes', '✓ account', '– webhook subscription', '– delivery']],
    ['stripe', ['✓ authorised', '– scopes', '✓ account', '✓ webhook subscription', '– delivery']],
    ['zendesk', ['✓ authorised', '✓ scopes', '! account', '✓ webhook subscription', '– delivery']],
  ])('%s: prints the link, waits, and ends with a list of what was seen', async (id, marks) => {
    const printed = await cli('connect', id);
    expect(printed).toContain(`${runner.url}/v1/oauth/callback/${id}-app`);
    const list = printed.split('\n').filter((line) => /^[✓!✗–]/.test(line));
    expect(list.map((line) => line.split(/\s{2,}/)[0])).toEqual(marks);
    expect(printed).toContain(`onceover connections check ${id}`);
    expect(await shown(id)).toMatchObject({ status: 'authorized', authorizedBy: 'local', reason: null });
    expect(await cli('connections', 'list')).toMatch(new RegExp(`${id} +${id} +authorized`));
  });

  test('client credentials need no person', async () => {
    expect(await cli('connect', 'robot', '--client-credentials')).toContain('✓ authorised');
    expect(await shown('robot')).toMatchObject({ status: 'authorized' });
    await expect(cli('connect', 'stripe', '--client-credentials')).rejects.toThrow(/409/);
  });

  test('a connection that the config gives a credential is not connected', async () => {
    await expect(cli('connect', 'given')).rejects.toThrow(/Remove "credentials" there/);
    expect(await shown('given')).toMatchObject({ status: 'configured' });
  });

  test('zendesk and hubspot are disconnected, and a use of what was revoked fails', async () => {
    expect(await cli('connections', 'revoke', 'zendesk', '--reason', 'test')).toContain(
      'proven at the vendor',
    );
    expect(await cli('connections', 'revoke', 'hubspot', '--reason', 'test')).toContain(
      'proven at the vendor',
    );
    expect(await shown('zendesk')).toMatchObject({ status: 'revoked' });
    await cli('connect', 'zendesk');
    expect(await shown('zendesk')).toMatchObject({ status: 'authorized' });
  });

  test('a vendor without a revocation: disconnected here, and it says what a person must do', async () => {
    const before = process.exitCode;
    expect(await cli('connections', 'revoke', 'stripe', '--reason', 'test')).toMatch(
      /NOT proven.*remove our app/,
    );
    expect(process.exitCode).toBe(1);
    process.exitCode = before;
    expect(await shown('stripe')).toMatchObject({ status: 'revoked' });
  });
});

describe('the link', () => {
  test('works once, for the browser that opened it', async () => {
    const url = await authorizeUrl('hubspot');
    const started = await ask(url);
    expect(started.status).toBe(302);
    expect(started.headers.get('cache-control')).toBe('no-store');
    expect(started.headers.getSetCookie()[0]).toMatch(/; HttpOnly; SameSite=Lax$/);
    expect(problemOf(await ask(url))).toMatchObject({ status: 400, code: 'ticket_invalid' });
    const vendor = new URL(started.headers.get('location') ?? '');
    expect(Object.fromEntries(vendor.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'client-of-hubspot',
      redirect_uri: `${runner.url}/v1/oauth/callback/hubspot-app`,
      code_challenge_method: 'S256',
      scope: expect.stringContaining('crm.objects.contacts.write'),
    });
    const back = (await ask(vendor.href)).headers.get('location') ?? '';
    // Another browser, without the cookie.
    expect(problemOf(await ask(back))).toMatchObject({ status: 400, code: 'state_invalid' });
    const cookie = started.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    // The right browser, at another registration.
    const elsewhere = back.replace('hubspot-app', 'zendesk-app');
    expect(problemOf(await ask(elsewhere, { headers: { cookie } }))).toMatchObject({ code: 'state_invalid' });
    expect(await ask(back, { headers: { cookie } })).toMatchObject({
      status: 200,
      text: expect.stringContaining('hubspot is connected'),
    });
    expect(problemOf(await ask(back, { headers: { cookie } }))).toMatchObject({ code: 'state_invalid' });
  });

  test('a look at it without opening it does not use it up', async () => {
    const url = await authorizeUrl('hubspot');
    expect((await ask(url, { method: 'HEAD' })).status).toBe(404);
    expect((await browse(url)).text).toContain('is connected');
  });

  test('a person who refuses: the page and the command say so', async () => {
    const begun = (await ask(`${runner.url}/v1/connections/zendesk/authorize`)).json as Record<
      string,
      string
    >;
    const started = await ask(begun['url'] ?? '');
    const cookie = started.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { searchParams } = new URL(started.headers.get('location') ?? '');
    const query = new URLSearchParams({ error: 'access_denied', state: searchParams.get('state') ?? '' });
    const back = `${searchParams.get('redirect_uri')}?${query.toString()}`;
    const refused = problemOf(await ask(back, { headers: { cookie } }));
    expect(refused).toMatchObject({
      code: 'authorization_failed',
      detail: expect.stringContaining('access_denied'),
    });
    const status = await ask(`${runner.url}/v1/connections/zendesk/authorizations/${begun['authorization']}`);
    expect(status.json).toMatchObject({
      status: 'failed',
      failure: expect.stringContaining('access_denied'),
    });
  });

  test('another tenant’s and unknown connections are 404', async () => {
    for (const id of ['other', 'nothing']) {
      const base = `${runner.url}/v1/connections/${id}`;
      expect(problemOf(await ask(`${base}/authorize`)).status).toBe(404);
      for (const [path, body] of [
        ['reassign', { owner: 'x' }],
        ['revoke', { reason: 'x' }],
        ['authorize', { grant: 'client_credentials' }],
      ] as const) {
        const init = { method: 'POST', headers: json, body: JSON.stringify(body) };
        expect(problemOf(await ask(`${base}/${path}`, init)).status).toBe(404);
      }
    }
  });
});

test('who leaves, leaves no orphan: one connection, or all of an owner', async () => {
  expect(await cli('connections', 'reassign', 'robot', '--owner', 'kim')).toContain(
    'robot now belongs to kim. The config still names the old one',
  );
  expect(await shown('robot')).toMatchObject({ owner: 'kim' });
  const printed = await cli('connections', 'reassign', '--from', 'maria', '--owner', 'kim');
  expect(printed.split('\n')).toHaveLength(3);
  expect((await cli('connections', 'list')).match(/ kim /g)).toHaveLength(4);
  await expect(cli('connections', 'reassign', '--from', 'maria', '--owner', 'kim')).rejects.toThrow(
    /Nothing belongs/,
  );
});

test('no secret is told', async () => {
  const texts = [
    runner.logged(),
    (await ask(`${runner.url}/v1/connections`)).text,
    await cli('connections', 'list', '--json'),
  ];
  for (const text of texts) {
    expect(text).not.toMatch(/canary|sandbox-(access|refresh|code)-/);
    expect(text).not.toMatch(/\/v1\/oauth\/start\/[\w-]{20}/);
  }
});
