import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createTestDatabase, readTable, type TestDatabase } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from './testing/ask.ts';
import { signedWebhook } from './testing/signed-webhook.ts';
import { writeConnectorFolder } from './testing/source-connectors.ts';
import { startTestRunner, type TestRunnerOptions } from './testing/start-test-runner.ts';
import { type TemporaryFolder, writeFiles } from './testing/write-files.ts';

let database: TestDatabase;
let dataFolder: TemporaryFolder;
beforeAll(async () => {
  database = await createTestDatabase();
  dataFolder = await writeFiles({});
});
afterAll(async () => {
  await database?.drop();
  await dataFolder?.[Symbol.asyncDispose]();
});

/** Starts on the database that is there already. */
const start = (options: TestRunnerOptions) =>
  startTestRunner({ ...options, database, dataDir: dataFolder.path });

const flow = (id: string) => `
import { billing, crm } from '@onceover/contract';
import { defineFlow, kpi } from '@onceover/automation';
export const flow = defineFlow({
  id: '${id}', version: 1, on: billing.invoicePaid, owner: 'tests', runbook: './runbook.md', tier: 'notify',
  kpi: kpi.count('contacts'),
}).step('contact', crm.contacts.upsert, () => ({ connection: 'crm', records: [] }));
`;
const policy = `
import { allow, definePolicy } from '@onceover/automation';
export const refunds = definePolicy({
  id: 'refunds', version: 1, on: billing.refunds.create, rules: (rule) => [rule('any', () => true, allow())],
});
`;

/** How a start with this config fails. */
async function refusal(options: TestRunnerOptions) {
  try {
    const runner = await start(options);
    await runner.stop();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { message: error.message, code: 'code' in error ? error.code : undefined };
  }
  throw new Error('The runner started');
}

test('start: an automation that does not parse is named, with its file and line', async () => {
  await using files = await writeFiles({
    'good/index.ts': flow('good'),
    'bad/index.ts': 'export { flow } from "./flow.ts";',
    'bad/flow.ts': 'export const flow = ;\n',
  });
  const { message, code } = await refusal({ automations: [join(files.path, '*')] });
  expect(code).toBe('automation_invalid');
  expect(message).toMatch(/Automation bad \(\/.*\/bad\) does not build:\n[^]*flow\.ts:1:20[^]*Correct it/);
  expect(message).not.toContain('Automation good');
});

test('start: an automation whose import is missing, or that throws, is named', async () => {
  await using files = await writeFiles({
    'lost/index.ts': 'export { flow } from "./nowhere.ts";',
    'throws/index.ts': 'export const flow = undefined.flow;',
    'empty/index.ts': 'export const nothing = 1;',
    'wrong/index.ts': flow('Not an id!'),
  });
  const of = (name: string) => refusal({ automations: [join(files.path, name)] });
  expect((await of('lost')).message).toMatch(/Automation lost [^]*Could not resolve "\.\/nowhere\.ts"/);
  expect((await of('throws')).message).toMatch(/Automation throws .*cannot be loaded: .*undefined/);
  expect((await of('empty')).message).toMatch(/Automation empty .*exports no flow/);
  expect((await of('wrong')).message).toMatch(/Automation wrong .*cannot be loaded/);
  expect((await of('absent')).message).toMatch(/absent has no index\.ts/);
  expect((await of('nowhere/*')).message).toMatch(/There is no folder .*nowhere/);
});

test('start: a policy is refused, because it would not be enforced', async () => {
  await using files = await writeFiles({ 'refunds/index.ts': policy + flow('refund') });
  const { message, code } = await refusal({ automations: [join(files.path, 'refunds')] });
  expect(code).toBe('policy_not_enforced');
  expect(message).toMatch(/Automation refunds .* has the policy "refunds".*Remove it from "automations"/);
});

test('start: two flows, or two folders, of one name are refused', async () => {
  await using files = await writeFiles({
    'a/one/index.ts': flow('same'),
    'b/two/index.ts': flow('same'),
    'b/one/index.ts': flow('other'),
  });
  const one = join(files.path, 'a/one');
  expect(await refusal({ automations: [one, join(files.path, 'b/two')] })).toMatchObject({
    code: 'flow_twice',
    message: expect.stringMatching(/Flow same@1 is defined twice: in .*one and in .*two/),
  });
  expect(await refusal({ automations: [one, join(files.path, 'b/one')] })).toMatchObject({
    code: 'automation_twice',
  });
});

test('start: an unknown connector, one that is not built, and one whose manifest is broken say what to do', async () => {
  const unbuilt = await writeConnectorFolder('stripe');
  await rm(join(unbuilt, 'dist'), { recursive: true });
  const broken = await writeConnectorFolder('stripe', {
    manifest: (manifest) => ({ ...manifest, egress: 7 }),
  });
  const of = (connector: string) => refusal({ config: { connectors: [connector] } });
  expect(await of('hupspot')).toMatchObject({
    code: 'connector_unknown',
    message: expect.stringMatching(/no connector "hupspot". Known here: .*hubspot/),
  });
  expect((await of('./nowhere/connector')).message).toMatch(
    /nowhere\/connector\/package\.json cannot be read/,
  );
  expect((await of(unbuilt)).message).toMatch(
    /manifest\.json cannot be read. The connector is not built. Build it/,
  );
  expect((await of(broken)).message).toMatch(/manifest\.json is not valid. Build it[^]*\/egress: /);
  const twice = await refusal({ config: { connectors: [broken, broken].map(() => 'stripe') } });
  expect(twice.code).toMatch(/connector_(twice|missing)/);
  for (const folder of [unbuilt, broken]) await rm(folder, { recursive: true });
});

test('start: a connection of a connector that is not configured names its place', async () => {
  const connections = [{ id: 'crm', connector: 'hubspot', owner: 'tests' }];
  const { message } = await refusal({ config: { connections } });
  expect(message).toMatch(/\/connections\/0.*The connector hubspot is not loaded[^]*Add it to "connectors"/);
});

test('start: a port that is taken, and one that cannot be had, name the remedy', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  expect((await refusal({ variables: { ONCEOVER_PORT: String(port) } })).message).toBe(
    `Port ${port} is in use. Stop what listens there, or set ONCEOVER_PORT to another port (0 picks a free one).`,
  );
  other.close();
  expect((await refusal({ variables: { ONCEOVER_HOST: '192.0.2.1' } })).message).toMatch(
    /192\.0\.2\.1 is no address of this machine. Correct ONCEOVER_HOST/,
  );
});

test('start: a database that does not answer is named without its password', async () => {
  const variables = {
    ONCEOVER_DATABASE_URL: 'postgres://runner:hunter2@127.0.0.1:1/onceover',
    ONCEOVER_DATABASE_OWNER_URL: '',
  };
  const { message } = await refusal({ variables });
  expect(message).toMatch(/Cannot connect to the database onceover at 127\.0\.0\.1:1 as runner/);
  expect(message).not.toContain('hunter2');
});

test('start: production does not run code that is not isolated', async () => {
  const variables = {
    ONCEOVER_MODE: 'production',
    ONCEOVER_ISOLATION: 'inline',
    ONCEOVER_API_KEY: 'k'.repeat(32),
    ONCEOVER_KEYRING: 'keyring.json',
    ONCEOVER_PUBLIC_URL: 'https://hooks.example.com',
  };
  expect(await refusal({ variables })).toMatchObject({ code: 'isolation_inline' });
});

test('start: it reads and lists manifests and imports no connector; the first webhook imports it', async () => {
  await using files = await writeFiles({});
  const marker = join(files.path, 'imported');
  const real = await writeConnectorFolder('stripe');
  const code = await readFile(join(real, 'dist', 'index.js'), 'utf8');
  const folder = await writeConnectorFolder('stripe', {
    code: `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(marker)}, 'x');\n${code}`,
  });
  const bomb = await writeConnectorFolder('hubspot', { code: `throw new Error('imported without need');` });
  const secret = 'whsec_test';
  await using runner = await startTestRunner({
    config: {
      connectors: [folder, bomb],
      connections: [
        { id: 'billing', connector: 'stripe', owner: 'tests', webhookSecret: secret },
        { id: 'crm', connector: 'hubspot', owner: 'tests' },
      ],
    },
  });
  const { items } = (await ask(`${runner.url}/v1/connectors`)).json as {
    items: { id: string; operations: unknown[]; scopes: unknown[] }[];
  };
  expect(items.map(({ id }) => id)).toEqual(['stripe', 'hubspot']);
  for (const { operations, scopes } of items)
    expect([operations.length > 2, scopes.length > 2]).toEqual([true, true]);
  expect(await ask(`${runner.url}/readyz`)).toMatchObject({ status: 200 });
  const hook = `${runner.url}/v1/hooks/billing`;
  expect(await ask(hook, signedWebhook('{}', { secret: 'forged' }))).toMatchObject({ status: 401 });
  expect(existsSync(marker)).toBe(false);

  const event = {
    id: 'evt_1',
    object: 'event',
    type: 'customer.created',
    created: 1,
    data: { object: { id: 'cus_1', object: 'customer' } },
  };
  expect(await ask(hook, signedWebhook(JSON.stringify(event), { secret }))).toMatchObject({ status: 200 });
  await runner.runner.runtime.idle();
  expect(await readFile(marker, 'utf8')).toBe('x');
  expect(await readTable(runner.database, 'items')).toMatchObject([{ key: 'evt_1', status: 'done' }]);
  for (const one of [real, folder, bomb]) await rm(one, { recursive: true });
});

test('start: a signal to end breaks it off at every stage, and what was opened is closed', async () => {
  const stages: string[] = [];
  await using whole = await start({ progress: (stage) => void stages.push(stage) });
  expect(whole.url).toMatch(/^http/);
  expect(stages.length).toBeGreaterThan(3);
  for (const stage of stages) {
    const abort = new AbortController();
    const progress = (current: string) => {
      if (current === stage) abort.abort(new Error(`ended at ${stage}`));
    };
    await expect(start({ progress, signal: abort.signal })).rejects.toThrow(/ended at|aborted|broken off/i);
  }
});
