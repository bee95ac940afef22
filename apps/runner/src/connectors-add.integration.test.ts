import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageFolder } from './package-folder.ts';
import { ask } from './testing/ask.ts';
import { runCli } from './testing/cli-process.ts';
import { type NpmRegistry, publishWorkspaceConnector, startNpmRegistry } from './testing/npm-registry.ts';
import { startTestSandbox } from './testing/source-connectors.ts';
import { startTestRunner } from './testing/start-test-runner.ts';
import { type TemporaryFolder, writeFiles } from './testing/write-files.ts';

const version = '99.0.0';
let registry: NpmRegistry;
let folder: TemporaryFolder;
beforeAll(async () => {
  registry = await startNpmRegistry();
  await publishWorkspaceConnector(registry, 'stripe', version);
  folder = await writeFiles({ 'onceover.config.json': '{}' });
}, 60_000);
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

function cli(...args: string[]) {
  const variables = {
    ...registry.variables,
    ONCEOVER_CONFIG: join(folder.path, 'onceover.config.json'),
    ONCEOVER_DATA_DIR: join(folder.path, 'data'),
  };
  return runCli(['connectors', ...args], { variables, cwd: folder.path });
}

test('connectors add: a published connector comes offline with all it needs, and is pinned', async () => {
  const added = await cli('add', `@onceover/connector-stripe@${version}`);
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(added.stdout).toMatch(
    /^Installed: stripe 99\.0\.0 \(@onceover\/connector-stripe, sha512-\S+…\)\n {2}may reach: https:\/\/api\.stripe\.com\n {2}asks for: .*\n.*onceover\.lock pins it: commit it/,
  );
  const lock = JSON.parse(await readFile(join(folder.path, 'onceover.lock'), 'utf8')) as {
    connectors: { packages: object }[];
  };
  expect(Object.keys(lock.connectors[0]?.packages ?? {})).toEqual([
    'node_modules/@onceover/connector-kit',
    'node_modules/@onceover/connector-stripe',
    'node_modules/@onceover/contract',
    'node_modules/zod',
  ]);
});

test('connectors add: a runner on another data folder installs it from the lock, and works with it in an isolated host', async () => {
  const sandbox = await startTestSandbox('stripe');
  const { url: origin, accessToken } = sandbox;
  await using runner = await startTestRunner({
    configFolder: folder.path,
    variables: { ...registry.variables, ONCEOVER_ISOLATION: 'permission' },
    automations: [join(packageFolder(), 'automations', 'lead-qualified')],
    config: {
      connectors: ['stripe'],
      connections: [
        { id: 'billing', connector: 'stripe', version, owner: 'tests', origin, credentials: { accessToken } },
      ],
    },
  });
  const { items } = (await ask(`${runner.url}/v1/connectors`)).json as { items: object[] };
  expect(items).toContainEqual(
    expect.objectContaining({
      id: 'stripe',
      version,
      source: 'installed',
      integrity: expect.stringMatching(/^sha512-/),
    }),
  );
  expect(items).toContainEqual(expect.objectContaining({ id: 'stripe', source: 'workspace' }));
  const { items: types } = (await ask(`${runner.url}/v1/event-types?limit=200`)).json as {
    items: { type: string; example: unknown }[];
  };
  const type = 'crm.lead-qualified.v1';
  const data = types.find((one) => one.type === type)?.example;
  const event = { specversion: '1.0', id: 'lead', source: '/tests', type, data };
  const headers = { 'content-type': 'application/cloudevents+json' };
  const body = JSON.stringify(event);
  expect(await ask(`${runner.url}/v1/events`, { method: 'POST', headers, body })).toMatchObject({
    status: 202,
  });
  await runner.runner.runtime.idle({ signal: AbortSignal.timeout(30_000) });
  const runs = (await ask(`${runner.url}/v1/runs`)).json as { items: object[] };
  expect(runs.items).toMatchObject([{ flow: 'lead-qualified', status: 'succeeded' }]);
  const ledger = (await ask(`${origin}/_sandbox/ledger`)).json as { effects: object[] };
  expect(ledger.effects).toMatchObject([{ action: 'created', count: 1 }]);
  const shown = await runCli(['connectors', 'list'], { variables: { ONCEOVER_URL: runner.url } });
  expect(shown.stdout).toMatch(/^stripe +99\.0\.0 +released +billing +permission +installed +sha512-\S+…/m);
  await sandbox.stop();
}, 60_000);

test('connectors add, remove: what is refused says why, with exit code 1', async () => {
  const refused = (message: RegExp) => ({ code: 1, stderr: expect.stringMatching(message) });
  expect(await cli('add', '@onceover/connector-stripe@^99')).toMatchObject(
    refused(/^onceover: A connector is installed by its exact version/),
  );
  expect(await cli('add', '@onceover/contract@0.1.0')).toMatchObject(
    refused(/^onceover: @onceover\/contract@0\.1\.0 is no connector that can be installed/),
  );
  expect(await cli('remove', 'hubspot')).toMatchObject(refused(/names no connector hubspot/));
  expect((await cli('remove', 'stripe')).stdout).toMatch(/^Removed: stripe 99\.0\.0/);
});
