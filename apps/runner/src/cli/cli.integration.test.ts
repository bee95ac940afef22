import { join } from 'node:path';
import { createTestDatabase } from '@onceover/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../testing/ask.ts';
import { anyNode, processesWith, runCli, startCli } from '../testing/cli-process.ts';
import {
  type Example,
  startExample,
  startTestRunner,
  type TestRunner,
} from '../testing/start-test-runner.ts';
import { type TemporaryFolder, writeFiles } from '../testing/write-files.ts';

let example: Example;
let runner: TestRunner;
let files: TemporaryFolder;
let variables: Record<string, string>;
const apiKey = 'a-key-of-at-least-thirty-two-characters';

beforeAll(async () => {
  example = await startExample();
  runner = await startTestRunner({ config: example.config, variables: { ONCEOVER_API_KEY: apiKey } });
  variables = { ONCEOVER_URL: runner.url, ONCEOVER_API_KEY: apiKey };
  const { items } = (await ask(`${runner.url}/v1/event-types`)).json as {
    items: { type: string; example: object }[];
  };
  const type = 'billing.invoice-paid.v1';
  const data = items.find((one) => one.type === type)?.example;
  const event = (id: string) => ({ specversion: '1.0', id, source: '/cli', type, data });
  files = await writeFiles({
    'one.json': JSON.stringify(event('one')),
    'many.json': JSON.stringify([event('two'), event('one'), event('three')]),
    'wrong.json': JSON.stringify([event('four'), { ...event('five'), type: 'nothing.known.v1' }]),
    'broken.json': '{',
  });
});
afterAll(async () => {
  await runner?.stop();
  await example?.stop();
  await files?.[Symbol.asyncDispose]();
});

test('usage: what it does not know is exit code 2, with the help; help itself is 0', async () => {
  const results = await Promise.all(
    [
      ['nothing'],
      ['runs', 'show'],
      ['runs', 'list', '--unknown'],
      ['sandbox', 'stripe', '--port', '99999'],
      ['runs'],
    ].map((args) => runCli(args)),
  );
  for (const { code, stderr } of results) {
    expect(code).toBe(2);
    expect(stderr).toMatch(/Usage: onceover/);
  }
  const help = await runCli(['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const command of ['start', 'migrate', 'sandbox', 'connectors', 'events', 'runs', 'demo']) {
    expect(help.stdout).toContain(command);
  }
});

test('unreachable: no runner is exit code 3, and says where it was looked for', async () => {
  const { code, stderr } = await runCli(['runs', 'list'], {
    variables: { ONCEOVER_URL: 'http://127.0.0.1:1' },
  });
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/No runner answers at http:\/\/127\.0\.0\.1:1\./),
  ]);
});

test('refused: an unknown run, a wrong key and a wrong setting are exit code 1, and say what to do', async () => {
  const unknown = await runCli(['runs', 'show', 'nothing'], { variables });
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/^onceover: 404 Not found: /)]);
  const key = 'another-key-of-thirty-two-characters';
  const wrong = await runCli(['runs', 'list'], { variables: { ...variables, ONCEOVER_API_KEY: key } });
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/401 Not authenticated/)]);
  const setting = await runCli(['runs', 'list'], { variables: { ONCEOVER_PORT: 'x' } });
  expect([setting.code, setting.stderr]).toEqual([1, expect.stringMatching(/ONCEOVER_PORT is not valid/)]);
});

test('events send: a file, standard input, a batch; with --json the answer as it came', async () => {
  const file = await runCli(['events', 'send', join(files.path, 'one.json')], { variables });
  expect(file).toEqual({ code: 0, stdout: '/cli one accepted\n', stderr: '' });
  const batch = await runCli(['events', 'send', 'many.json', '--json'], { variables, cwd: files.path });
  expect(JSON.parse(batch.stdout)).toEqual({
    events: [
      { id: 'two', source: '/cli', duplicate: false },
      { id: 'one', source: '/cli', duplicate: true },
      { id: 'three', source: '/cli', duplicate: false },
    ],
  });
  const input = '{"specversion":"1.0","id":"piped","source":"/cli","type":"nothing.known.v1","data":{}}';
  for (const args of [[], ['-']]) {
    const piped = await runCli(['events', 'send', ...args], { variables, input });
    expect([piped.code, piped.stderr]).toEqual([1, expect.stringMatching(/422 Not valid[^]*\/0\/type: /)]);
  }
});

test('events send: what is not valid, not JSON or not there sends nothing, and says so', async () => {
  const send = (name: string) => runCli(['events', 'send', join(files.path, name)], { variables });
  expect(await send('wrong.json')).toMatchObject({ code: 1, stderr: expect.stringMatching(/\/1\/type: /) });
  expect(await send('broken.json')).toMatchObject({ code: 1, stderr: expect.stringMatching(/not JSON/) });
  expect(await send('absent.json')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/cannot be read/),
  });
  const { items } = (await ask(`${runner.url}/v1/events?id=four`)).json as { items: unknown[] };
  expect(items).toEqual([]);
});

test('runs list and show: for a person, and with --json for a program', async () => {
  await runner.runner.runtime.idle();
  const list = await runCli(['runs', 'list', '--flow', 'invoice-paid', '--limit', '2'], { variables });
  expect(list.code).toBe(0);
  expect(list.stdout).toMatch(/^run +flow +status +key +attempts +created +error\n─/);
  expect(list.stdout).toMatch(/invoice-paid@1 +succeeded/);
  expect(list.stdout).toMatch(/\nmore: --cursor \S+\n$/);
  const json = await runCli(['runs', 'list', '--json', '--status', 'succeeded'], { variables });
  const { items } = JSON.parse(json.stdout) as { items: { id: string }[] };
  expect(items).toHaveLength(3);
  const id = items[0]?.id ?? '';
  const show = await runCli(['runs', 'show', id], { variables });
  expect(show.stdout).toMatch(new RegExp(`^run +${id}\\nflow +invoice-paid@1\\nstatus +succeeded\\n`));
  expect(show.stdout).toMatch(/contact +succeeded +crm crm\.contacts\.upsert/);
  const shown = await runCli(['runs', 'show', id, '--json'], { variables });
  expect(JSON.parse(shown.stdout)).toEqual((await ask(`${runner.url}/v1/runs/${id}`)).json);
  const tenant = await runCli(['runs', 'show', id, '--tenant', 'acme'], { variables });
  expect(tenant).toMatchObject({ code: 1, stderr: expect.stringMatching(/404/) });
});

test('connectors list: what is loaded, on the machine’s own Node', async () => {
  const { code, stdout } = await runCli(['connectors', 'list'], { variables, node: anyNode });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^connector +version +state +domain +isolation +source +integrity +operations +triggers\n/,
  );
  expect(stdout).toMatch(/\nstripe +\d+\.\d+\.\d+ +released +billing +inline +.*refunds\.create/);
  const json = await runCli(['connectors', 'list', '--json'], { variables, node: anyNode });
  expect((JSON.parse(json.stdout) as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual([
    'stripe',
    'hubspot',
    'zendesk',
  ]);
});

test('a reader that stops reading ends it quietly', async () => {
  const { child, exited, output } = startCli(['runs', 'list', '--json'], { variables });
  child.stdout.destroy();
  child.stdin.end();
  await exited;
  expect(output.stderr).toBe('');
});

test('migrate: brings a database up to date, and changes nothing the second time', async () => {
  await using database = await createTestDatabase({ isMigrated: false });
  const owner = { ONCEOVER_DATABASE_OWNER_URL: database.ownerUrl };
  const first = await runCli(['migrate'], { variables: owner });
  expect([first.code, first.stdout]).toEqual([
    0,
    expect.stringMatching(/Migration 1: [^]*at version \d+; \d+ migrations were applied/),
  ]);
  const second = await runCli(['migrate'], { variables: owner });
  expect([second.code, second.stdout]).toEqual([
    0,
    expect.stringMatching(/; 0 migrations were applied\.\n$/),
  ]);
  const without = await runCli(['migrate']);
  expect([without.code, without.stderr]).toEqual([1, expect.stringMatching(/ONCEOVER_DATABASE_OWNER_URL/)]);
});

test('sandbox: one JSON line; it ends with a signal, or when standard input ends, if asked', async () => {
  const sandbox = startCli(['sandbox', 'stripe', '--port', '0'], { node: anyNode });
  sandbox.child.stdin.end();
  await sandbox.saying(/\}\n$/);
  const { url, accessToken, webhookSecret, ...more } = JSON.parse(sandbox.output.stdout) as Record<
    string,
    string
  >;
  expect([typeof accessToken, typeof webhookSecret, more]).toEqual(['string', 'string', {}]);
  expect((await ask(`${url}/_sandbox/ledger`)).json).toEqual({ effects: [], requests: 0 });
  sandbox.child.kill('SIGTERM');
  expect(await sandbox.exited).toEqual({ code: 0, signal: null });
  expect(sandbox.output.stderr).toBe('');

  const piped = startCli(['sandbox', 'zendesk', '--until-stdin-ends'], { node: anyNode });
  await piped.saying(/\}\n$/);
  piped.child.stdin.end();
  expect(await piped.exited).toEqual({ code: 0, signal: null });

  const unknown = await runCli(['sandbox', 'hupspot']);
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/Known here: .*hubspot/)]);
});

test('start: on the machine’s own Node it says its free port, and ends cleanly with a signal', async () => {
  await using config = await writeFiles({
    'onceover.config.ts': `export default { connectors: ['stripe'], automations: [], connections: [] };`,
  });
  await using database = await createTestDatabase();
  const started = startCli(['start'], {
    cwd: config.path,
    node: anyNode,
    variables: {
      ONCEOVER_DATABASE_URL: database.url,
      ONCEOVER_DATABASE_OWNER_URL: database.ownerUrl,
      ONCEOVER_DATA_DIR: join(config.path, 'data'),
      ONCEOVER_PORT: '0',
    },
  });
  await started.saying(/is ready at/);
  const url = /^onceover local \(development\) is ready at (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(
    started.output.stdout,
  )?.[1];
  expect(await ask(`${url}/readyz`)).toMatchObject({ status: 200 });
  expect(((await ask(`${url}/readyz`)).json as { auditRole: string }).auditRole).toBe('separate');
  started.child.kill('SIGTERM');
  expect(await started.exited).toEqual({ code: 0, signal: null });
  expect(started.output.stderr).not.toMatch(/Deprecat|Warning/);
  expect(processesWith(config.path)).toEqual([]);
});

test('start: a config that is broken, not there, or not for production ends it with 1 and leaves no process', async () => {
  await using config = await writeFiles({
    'typo.ts': `export default { conections: [] };`,
    'syntax.ts': `export default {`,
    'values.json': `{ "connections": [{ "id": "Crm", "connector": "hubspot", "owner": "x", "origin": "ftp://x" }] }`,
    'flow/onceover.config.ts': `export default { automations: ['./automations/*'] };`,
    'flow/automations/broken/index.ts': `export const flow = ;`,
  });
  const start = async (file: string, more: Record<string, string> = {}) => {
    const ONCEOVER_DATA_DIR = join(config.path, 'data');
    const variables = { ONCEOVER_CONFIG: file, ONCEOVER_DATA_DIR, ONCEOVER_PORT: '0', ...more };
    const { code, stdout, stderr } = await runCli(['start'], { variables, cwd: config.path });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  };
  expect(await start('typo.ts')).toMatch(
    /typo\.ts is not valid:\n.*unknown key "conections": did you mean "connections"/,
  );
  expect(await start('syntax.ts')).toMatch(/syntax\.ts could not be read/);
  expect(await start('values.json')).toMatch(
    /\/connections\/0\/id: must match[^]*\/connections\/0\/origin: /,
  );
  expect(await start('absent.ts')).toMatch(
    /There is no config at .*absent\.ts. Create it, or set ONCEOVER_CONFIG/,
  );
  expect(await start('flow/onceover.config.ts')).toMatch(
    /Automation broken [^]*index\.ts:1:20[^]*Correct it/,
  );
  expect(await start('typo.ts', { ONCEOVER_MODE: 'production' })).toMatch(
    /typo\.ts is not valid|ONCEOVER_API_KEY/,
  );
  expect(processesWith(config.path)).toEqual([]);
});
