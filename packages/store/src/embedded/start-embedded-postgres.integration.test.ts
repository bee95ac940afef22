import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StoreError } from '../store-error.ts';
import {
  ask,
  rejection,
  runningServer,
  serverProcesses,
  spawnStart,
  startInChild,
  stillRunning,
  temporaryDataDir,
} from './embedded-test-kit.fixture.ts';
import { identityOf, isPidAlive } from './process-identity.ts';
import { findServer } from './postmaster-file.ts';
import { startEmbeddedPostgres } from './start-embedded-postgres.ts';

/** A folder with a database that was created once for all tests that only need one to exist. */
const seed = temporaryDataDir();
beforeAll(async () => {
  await (await startEmbeddedPostgres(seed)).stop();
});
afterAll(() => seed[Symbol.asyncDispose]());
const withDatabase = () => temporaryDataDir(seed.dataDir);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

it('starts a durable server that listens on loopback alone, and stops it with all its processes', async () => {
  await using place = temporaryDataDir();
  const { dataDir } = place;
  const said: string[] = [];
  const server = await startEmbeddedPostgres({ dataDir, log: (message) => said.push(message) });
  expect(server.adopted).toBe(false);
  const settings = await ask(
    server.ownerUrl,
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('listen_addresses') as addresses,
       current_setting('unix_socket_directories') as sockets, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as sync, current_setting('full_page_writes') as pages,
       current_setting('data_checksums') as checksums, current_setting('max_connections') as connections,
       (select string_agg(distinct auth_method, ',') from pg_hba_file_rules) as methods, current_database() as database`,
  );
  expect(settings).toEqual({
    version: 18,
    addresses: '127.0.0.1',
    sockets: '',
    fsync: 'on',
    sync: 'on',
    pages: 'on',
    checksums: 'on',
    connections: '100',
    methods: 'scram-sha-256',
    database: 'onceover',
  });
  for (const [url, login] of [
    [server.url, 'onceover_runner_login'],
    [server.apiUrl, 'onceover_api_login'],
    [server.auditorUrl, 'onceover_auditor_login'],
  ] as const) {
    const row = await ask(
      url,
      'select current_user as login, usesuper from pg_user where usename = current_user',
    );
    expect(row).toEqual({ login, usesuper: false });
  }
  expect(statSync(join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
  expect(statSync(join(dataDir, 'postgres')).mode & 0o777).toBe(0o700);
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8').trim();
  expect(password.length).toBeGreaterThanOrEqual(32);
  expect(said.join('\n')).toMatch(
    /Creating the database.*\n.*Starting PostgreSQL 18.*\n.*is ready on 127\.0\.0\.1:\d+/,
  );
  expect(said.join('\n')).not.toContain(password);

  const processes = serverProcesses(dataDir);
  expect(processes.length).toBeGreaterThan(3);
  const start = performance.now();
  await server.stop();
  await server.stop();
  expect(performance.now() - start).toBeLessThan(5_000);
  expect(stillRunning(processes)).toEqual([]);
});

it('adopts the server that a killed process left running, with all that was committed', async () => {
  await using place = withDatabase();
  const { dataDir } = place;
  const killed = await startInChild(dataDir);
  await ask(killed.ownerUrl, 'create table kept as select 42 as answer');
  await killed.kill();

  const adopter = await startEmbeddedPostgres({ dataDir });
  expect(adopter.adopted).toBe(true);
  expect(adopter.ownerUrl).toBe(killed.ownerUrl);
  expect(await ask(adopter.ownerUrl, 'select answer from kept')).toEqual({ answer: 42 });

  // The killed process holds nothing any more: whoever adopted the server stops it.
  const processes = serverProcesses(dataDir);
  await adopter.stop();
  expect(stillRunning(processes)).toEqual([]);
});

it('starts once when three processes start at once on a new folder, and the last to leave stops it', async () => {
  await using place = temporaryDataDir();
  const { dataDir } = place;
  const [first, second, third] = await Promise.all([
    startInChild(dataDir),
    startInChild(dataDir),
    startInChild(dataDir),
  ]);
  expect([first, second, third].filter(({ adopted }) => !adopted)).toHaveLength(1);
  expect(new Set([first.ownerUrl, second.ownerUrl, third.ownerUrl]).size).toBe(1);

  const processes = serverProcesses(dataDir);
  const [postmaster] = processes;
  await first.stop();
  expect(findServer(join(dataDir, 'postgres'))?.pid).toBe(postmaster);
  await Promise.all([second.stop(), third.kill()]);
  // Whether the killed one's lease was still alive when the second left is a race; the next to come ends it.
  if (findServer(join(dataDir, 'postgres'))) await (await startEmbeddedPostgres({ dataDir })).stop();
  expect(stillRunning(processes)).toEqual([]);
});

it('recovers what was committed after the server itself was killed, though its file names a living process', async () => {
  await using place = withDatabase();
  const { dataDir } = place;
  const before = await startEmbeddedPostgres({ dataDir });
  await ask(before.ownerUrl, 'create table kept as select 42 as answer');
  const processes = serverProcesses(dataDir);
  process.kill(processes[0] as number, 'SIGKILL');
  await until(() => stillRunning(processes).length === 0);
  const file = join(dataDir, 'postgres', 'postmaster.pid');
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, [String(process.pid), ...lines.slice(1)].join('\n'));

  const after = await startEmbeddedPostgres({ dataDir });
  expect(after.adopted).toBe(false);
  expect(await ask(after.ownerUrl, 'select answer from kept')).toEqual({ answer: 42 });
  await after.stop();
});

it('takes over the lock of a process that died while it started the server, and removes what that left half-made', async () => {
  await using place = withDatabase();
  const { dataDir } = place;
  const dead = await startInChild(dataDir);
  const identity = identityOf(dead.child.pid as number);
  await dead.stop();
  writeFileSync(join(dataDir, 'postgres.lock'), JSON.stringify({ ...identity, token: 'x' }));
  renameSync(join(dataDir, 'postgres'), join(dataDir, 'postgres.creating'));

  const server = await startEmbeddedPostgres({ dataDir });
  await server.stop();
  expect(() => statSync(join(dataDir, 'postgres.creating'))).toThrow('ENOENT');
  expect(() => statSync(join(dataDir, 'postgres.lock'))).toThrow('ENOENT');
});

it('gives up waiting for a living lock holder when its signal fires', async () => {
  await using place = temporaryDataDir();
  const { dataDir } = place;
  writeFileSync(join(dataDir, 'postgres.lock'), JSON.stringify({ ...identityOf(process.ppid), token: 'x' }));
  const abort = new AbortController();
  const error = await rejection(
    startEmbeddedPostgres({ dataDir, signal: abort.signal, log: () => abort.abort(new Error('enough')) }),
  );
  expect(StoreError.isInstance(error) && error.code).toBe('aborted');
});

it.each(['Creating', 'Starting'])(
  'leaves nothing running when it is aborted while it says "%s"',
  async (word) => {
    await using place = temporaryDataDir();
    const { dataDir } = place;
    const abort = new AbortController();
    const log = (message: string) => {
      if (message.startsWith(word)) queueMicrotask(() => abort.abort());
    };
    const error = await rejection(startEmbeddedPostgres({ dataDir, log, signal: abort.signal }));
    expect(StoreError.isInstance(error) && error.code).toBe('aborted');
    expect(serverProcesses(dataDir)).toEqual([]);
    // Nothing that the abort left stands in the way.
    await (await startEmbeddedPostgres({ dataDir })).stop();
  },
);

it('says what to do about a password file that is wrong, empty or missing, and leaves no server behind', async () => {
  await using place = withDatabase();
  const { dataDir } = place;
  const file = join(dataDir, 'postgres.password');
  const right = readFileSync(file);
  const attempts: [string, () => void][] = [
    ['is not the one of the database', () => writeFileSync(file, 'wrong\n')],
    ['is empty', () => writeFileSync(file, '\n')],
    ['is missing', () => rmSync(file)],
  ];
  for (const [words, damage] of attempts) {
    damage();
    const error = await rejection(startEmbeddedPostgres({ dataDir }));
    expect(StoreError.isInstance(error) && error.code).toBe('embedded_password');
    expect(String(error)).toContain(words);
    expect(String(error)).toMatch(/Restore/);
    expect(serverProcesses(dataDir)).toEqual([]);
  }
  writeFileSync(file, right);
  await (await startEmbeddedPostgres({ dataDir })).stop();
});

it('refuses data of another PostgreSQL and a folder that holds something else', async () => {
  await using place = temporaryDataDir();
  const { dataDir } = place;
  const folder = join(dataDir, 'postgres');
  mkdirSync(folder);
  writeFileSync(join(folder, 'photo.jpg'), '');
  const foreign = await rejection(startEmbeddedPostgres({ dataDir }));
  expect(StoreError.isInstance(foreign) && foreign.code).toBe('embedded_data_foreign');
  writeFileSync(join(folder, 'PG_VERSION'), '17\n');
  const older = await rejection(startEmbeddedPostgres({ dataDir }));
  expect(StoreError.isInstance(older) && older.code).toBe('embedded_data_version');
  expect(String(older)).toMatch(/made by PostgreSQL 17.*brings PostgreSQL 18.*Export it/);
});

it('stops within its time although a client holds a transaction open', async () => {
  await using place = withDatabase();
  const server = await startEmbeddedPostgres(place);
  const { pid } = runningServer(place.dataDir);
  const client = new pg.Client({ connectionString: server.ownerUrl });
  const broken = once(client, 'error');
  // The driver says it once for the server's farewell and once for the closed socket.
  client.on('error', () => {});
  await client.connect();
  await client.query('begin; create table unfinished ()');
  const start = performance.now();
  await server.stop();
  expect(performance.now() - start).toBeLessThan(5_000);
  expect(String(await broken)).toMatch(/terminat/);
  expect(isPidAlive(pid)).toBe(false);
});

it('starts again wherever in its start the process before was killed', async () => {
  await using place = temporaryDataDir();
  const { dataDir } = place;
  // From before the data exists to after the server is ready; later rounds find what earlier ones left.
  for (const afterMs of [150, 300, 450, 600, 800, 1_000, 1_300]) {
    const child = spawnStart(dataDir);
    await Promise.race([once(child, 'exit'), delay(afterMs)]);
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  const server = await startEmbeddedPostgres({ dataDir });
  expect(await ask(server.ownerUrl, 'select 1 as one')).toEqual({ one: 1 });
  const processes = serverProcesses(dataDir);
  await server.stop();
  expect(stillRunning(processes)).toEqual([]);
  expect(readdirSync(dataDir).filter((name) => name.startsWith('postgres.creating'))).toEqual([]);
});

it('starts while the initdb of a start that was killed is still at work', async () => {
  await using place = temporaryDataDir();
  const { dataDir } = place;
  const child = spawnStart(dataDir);
  const draftHas = (file: string) =>
    readdirSync(dataDir).some((name) => existsSync(join(dataDir, name, file)) && name.includes('.creating'));
  await expect.poll(() => draftHas('PG_VERSION'), { interval: 5 }).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const server = await startEmbeddedPostgres({ dataDir });
  expect(await ask(server.ownerUrl, 'select 1 as one')).toEqual({ one: 1 });
  await server.stop();
});

it('keeps its data in a folder with spaces, quotes and letters of any alphabet', async () => {
  await using place = temporaryDataDir();
  const dataDir = join(place.dataDir, `l'été "2026" $HOME 数据`);
  const server = await startEmbeddedPostgres({ dataDir });
  expect(await ask(server.ownerUrl, 'select 1 as one')).toEqual({ one: 1 });
  await server.stop();
});
