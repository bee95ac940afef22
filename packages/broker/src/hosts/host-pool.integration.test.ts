import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { hashFiles } from '../connectors/hash-files.ts';
import { loadConnectorFolder } from '../connectors/load-connector-folder.ts';
import {
  type CompiledBundle,
  type CompiledProgram,
  writeCompiledBundle,
  writeCompiledConnector,
  writeCompiledProgram,
} from '../testing/compiled-code.fixture.ts';
import { createManualTimers } from '../testing/manual-timers.fixture.ts';
import { isRoot, testedLevels } from '../testing/tested-levels.fixture.ts';
import { createHostPool, type HostPool, type HostPoolOptions } from './host-pool.ts';

const fixtures = join(import.meta.dirname, '..', 'testing');
let bundle: CompiledBundle;
let program: CompiledProgram;
const pools: HostPool[] = [];
beforeAll(async () => {
  bundle = await writeCompiledBundle(join(fixtures, 'hosted-echo.fixture.ts'));
  program = await writeCompiledProgram();
});
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});
afterAll(async () => {
  await bundle[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

function open(options: Partial<HostPoolOptions> = {}): HostPool {
  const pool = createHostPool({ level: 'permission', program: program.program, ...options });
  pools.push(pool);
  return pool;
}

const noCallback = async () => null;

async function ask(pool: HostPool, message: object = {}, tenant = 'default'): Promise<number> {
  const host = pool.automation(tenant, bundle.file);
  const reply = await host.request({ ...message }, noCallback, AbortSignal.timeout(15_000));
  return (reply as { pid: number }).pid;
}

/** Whether there is such a process, and it is no zombie. */
const lives = (pid: number) => existsSync(`/proc/${pid}/exe`) && existsSync(`/proc/${pid}/fd/0`);
const expectGone = (pid: number) => vi.waitFor(() => expect(lives(pid)).toBe(false), { timeout: 10_000 });

test('a process serves call after call, each tenant has its own, and a closed pool leaves none', async () => {
  const pool = open();
  const first = await ask(pool);
  expect(await ask(pool)).toBe(first);
  const other = await ask(pool, {}, 'other');
  expect(other).not.toBe(first);
  await pool.close();
  await expectGone(first);
  await expectGone(other);
  expect(() => pool.automation('default', bundle.file)).toThrow(
    expect.objectContaining({ code: 'host_closed' }),
  );
});

test('a process that nobody uses is ended, and the next call starts another one', async () => {
  const timers = createManualTimers();
  const pool = open({ timers, limits: { idleMs: 10 * 60_000 } });
  const first = await ask(pool);
  timers.pass(9 * 60_000);
  expect(await ask(pool)).toBe(first);
  timers.pass(9 * 60_000);
  expect(lives(first)).toBe(true);
  timers.pass(60_000);
  await expectGone(first);
  expect(await ask(pool)).not.toBe(first);
});

test('above the most processes the one that idles longest is ended', async () => {
  const timers = createManualTimers();
  const pool = open({ timers, limits: { maxProcesses: 2 } });
  const oldest = await ask(pool, {}, 'a');
  timers.pass(1000);
  const newer = await ask(pool, {}, 'b');
  timers.pass(1000);
  await ask(pool, {}, 'c');
  await expectGone(oldest);
  expect(await ask(pool, {}, 'b')).toBe(newer);
});

test('a process that keeps ending is started after longer and longer pauses', async () => {
  const timers = createManualTimers();
  const pool = open({ timers, random: () => 1, limits: { restartMs: 1000, restartMostMs: 60_000 } });
  const end = () =>
    expect(ask(pool, { exit: true })).rejects.toMatchObject({ code: 'host_exited', retry: 'later' });
  await end();
  // The first time may have been an accident.
  await end();
  let isServed = false;
  const served = async () => {
    await ask(pool);
    isServed = true;
  };
  const next = served();
  timers.pass(999);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isServed).toBe(false);
  timers.pass(1);
  await next;
});

test('a process that is blocked while nobody waits for it is ended', async () => {
  const pool = open({ limits: { watchEveryMs: 50, stallMs: 300 } });
  await expectGone(await ask(pool, { spin: true }));
});

test('a runner that is killed takes its processes along, also those that are too busy to notice', async () => {
  await using runner = await writeCompiledBundle(join(fixtures, 'hosted-runner.fixture.ts'));
  const { program: file } = program;
  const started = spawn(process.execPath, [runner.file, JSON.stringify(file), bundle.file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: started.stdout }), 'line')) as [string];
  const pids = JSON.parse(line) as { idle: number; busy: number };
  expect([pids.idle, pids.busy].map(lives)).toEqual([true, true]);
  started.kill('SIGKILL');
  await expectGone(pids.idle);
  await expectGone(pids.busy);
});

test('what the code prints is in the log: one line, without what has the shape of a secret', async () => {
  const lines: string[] = [];
  const pool = open({
    log: { warn: (fields, text) => void lines.push(JSON.stringify({ ...fields, text })) },
  });
  await ask(pool, {
    print: 'token=sk_live_0123456789abcdef for ada@example.com\nINFO forged line\u001b[31m',
  });
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toContain('INFO forged line');
  expect(lines[0]).not.toMatch(/sk_live|ada@|\\n|\\u001b/);
});

test('files that are not those which were read are not run', async () => {
  await using built = await writeCompiledConnector(join(fixtures, 'example-connector.fixture.ts'));
  const connector = await loadConnectorFolder(built.folder);
  await writeFile(join(built.folder, 'dist', 'index.js'), 'process.exit(9);');
  const host = open().connector('default', connector);
  await expect(
    host.request({ kind: 'manifest' }, noCallback, AbortSignal.timeout(10_000)),
  ).rejects.toMatchObject({
    code: 'connector_changed',
    message: expect.stringMatching(
      /dist are not those that the runner has read: index\.js has changed\. Start/,
    ),
  });
});

test('of what was installed, a dependency that changed is not run either', async () => {
  await using built = await writeCompiledConnector(join(fixtures, 'example-connector.fixture.ts'));
  const dependency = join(built.folder, 'node_modules', 'left-pad');
  await mkdir(dependency, { recursive: true });
  await writeFile(join(dependency, 'index.js'), '');
  const files = await hashFiles(built.folder, 'sha512');
  const connector = await loadConnectorFolder(built.folder, { source: 'installed', files });
  await rm(join(dependency, 'index.js'));
  const host = open().connector('default', connector);
  await expect(
    host.request({ kind: 'manifest' }, noCallback, AbortSignal.timeout(10_000)),
  ).rejects.toMatchObject({
    code: 'connector_changed',
    message: expect.stringMatching(/node_modules\/left-pad\/index\.js is missing\. .*onceover\.lock names/),
  });
});

test('a link that leads out of a dependency is refused before anything is started', async () => {
  await using built = await writeCompiledConnector(join(fixtures, 'example-connector.fixture.ts'));
  const dependency = join(built.folder, 'node_modules', 'left-pad');
  await mkdir(join(dependency, 'lib'), { recursive: true });
  await writeFile(join(dependency, 'package.json'), '{"name":"left-pad","exports":"./lib/index.js"}');
  await symlink('/etc', join(dependency, 'lib', 'etc'));
  await writeFile(
    join(built.folder, 'package.json'),
    JSON.stringify({
      name: 'example',
      version: '1.2.3',
      type: 'module',
      onceover: { connector: 'example' },
      dependencies: { 'left-pad': '1' },
    }),
  );
  const connector = await loadConnectorFolder(built.folder);
  const host = open().connector('default', connector);
  await expect(
    host.request({ kind: 'manifest' }, noCallback, AbortSignal.timeout(10_000)),
  ).rejects.toMatchObject({
    code: 'symlink_leads_out',
    message: expect.stringContaining('left-pad/lib/etc'),
  });
});

test.each(testedLevels)(
  '%s: code finds its dependencies, with exports and without, and a folder that only the runner may enter is no obstacle',
  async (level) => {
    await using built = await writeCompiledConnector(join(fixtures, 'example-connector.fixture.ts'));
    const home = await mkdtemp(join(tmpdir(), 'onceover-home-'));
    // mkdtemp's mode is 0700. As installed: the dependencies lie beside the connector, one of them is a link.
    const modules = join(home, 'node_modules');
    const store = join(home, 'store', 'linked');
    await mkdir(modules);
    await cp(built.folder, join(modules, 'connector'), { recursive: true });
    await mkdir(join(modules, 'plain'));
    await writeFile(join(modules, 'plain', 'package.json'), '{"name":"plain","main":"./main.js"}');
    await writeFile(join(modules, 'plain', 'main.js'), 'exports.plain = 1;');
    await mkdir(store, { recursive: true });
    await writeFile(join(store, 'package.json'), '{"name":"linked","type":"module","exports":"./main.js"}');
    await writeFile(join(store, 'main.js'), 'export const linked = 2;');
    await symlink(store, join(modules, 'linked'));
    const folder = join(modules, 'connector');
    await cp(join(folder, 'dist', 'index.js'), join(folder, 'dist', 'code.js'));
    await writeFile(
      join(folder, 'dist', 'index.js'),
      `import { plain } from 'plain';
import { linked } from 'linked';
if (plain + linked !== 3) throw new Error('wrong dependencies');
export { connector } from './code.js';`,
    );
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({
        name: 'example',
        version: '1.2.3',
        type: 'module',
        onceover: { connector: 'example' },
        dependencies: { plain: '1', linked: '1' },
        peerDependencies: { unneeded: '1' },
        peerDependenciesMeta: { unneeded: { optional: true } },
      }),
    );
    await chmod(folder, 0o755);
    const host = open({ level }).connector('default', await loadConnectorFolder(folder));
    const reply = await host.request({ kind: 'manifest' }, noCallback, AbortSignal.timeout(15_000));
    expect(reply).toMatchObject({ kind: 'manifest' });
    await rm(home, { recursive: true });
  },
);

test('strict: code that other users may not read is refused with the command that helps', async () => {
  await using built = await writeCompiledConnector(join(fixtures, 'example-connector.fixture.ts'));
  await chmod(join(built.folder, 'dist'), 0o700);
  const host = open({ level: 'strict' }).connector('default', await loadConnectorFolder(built.folder));
  await expect(
    host.request({ kind: 'manifest' }, noCallback, AbortSignal.timeout(10_000)),
  ).rejects.toMatchObject({ code: 'host_unreadable', message: expect.stringContaining('chmod -R o+rX') });
});

test.runIf(isRoot)('strict: each process has a user of its own', async () => {
  const pool = open({ level: 'strict' });
  const owner = async (pid: number) => (await import('node:fs/promises')).stat(`/proc/${pid}`);
  const uids = [await owner(await ask(pool)), await owner(await ask(pool, {}, 'other'))].map(
    ({ uid }) => uid,
  );
  expect(new Set([...uids, 0, process.getuid?.()]).size).toBe(3);
});
