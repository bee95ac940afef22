import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectOnce } from './connect-once.ts';
import { ask, rejection } from './embedded/embedded-test-kit.fixture.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { openStore } from './open-store.ts';
import { groupNames } from './roles/ensure-roles.ts';
import { requireSchema, schemaVersion } from './schema-version.ts';
import { StoreError } from './store-error.ts';
import { createDatabaseOn } from './testing/index.ts';
import { testedServers } from './testing/tested-servers.fixture.ts';
import type { DatabaseUrls } from './testing/test-server.ts';

const version = migrations.at(-1)?.number ?? 0;
const next = version + 1;
const extra = (change: Partial<Migration> = {}): Migration => ({
  number: next,
  name: 'extra',
  breaking: false,
  sql: 'create table onceover.extra (id integer)',
  ...change,
});

async function run(url: string, ...statements: string[]): Promise<void> {
  await connectOnce({ url, applicationName: 'test' }, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

async function onStore<T>(url: string, work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>) {
  const store = await openStore({ url, applicationName: 'test' });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

it('the migrations are numbered from 1 without gaps, have kebab-case names and name the schema', () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1));
  for (const { name } of migrations) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length);
});

describe.each(await testedServers())('on %s', (name, server) => {
  afterAll(() => server.release());

  it('the server is what it is called', async () => {
    const { version } = await ask<{ version: string }>(
      server.ownerUrl,
      `select split_part(current_setting('server_version'), '.', 1) as version`,
    );
    expect(name).toContain(`PostgreSQL ${version}`);
  });

  const empty = () => createDatabaseOn(server, { isMigrated: false });

  it('migrate: brings an empty database to the last version; repeating changes nothing', async () => {
    await using database = await empty();
    const said: string[] = [];
    const log = (message: string) => said.push(message);
    const all = migrations.map(({ number }) => number);
    const result = { version, administratorStatements: [] };
    expect(await migrate({ ownerUrl: database.ownerUrl, log })).toEqual({ ...result, applied: all });
    expect(said).toEqual(migrations.map(({ number, name }) => `Migration ${number}: ${name}`));
    expect(await migrate({ ownerUrl: database.ownerUrl, log })).toEqual({ ...result, applied: [] });
    await onStore(database.url, async (store) => {
      expect(await schemaVersion(store)).toBe(version);
      await requireSchema(store);
    });
  });

  it('migrate: eight at once apply every migration once, in databases of their own, too', async () => {
    await using first = await empty();
    await using second = await empty();
    const prefix = `race_${randomBytes(4).toString('hex')}`;
    const runs = [first, second].flatMap(({ ownerUrl }) =>
      Array.from({ length: 4 }, () => migrate({ ownerUrl, rolePrefix: prefix })),
    );
    const applied = (await Promise.all(runs)).map((result) => result.applied.length);
    expect(applied.filter((count) => count > 0)).toEqual([migrations.length, migrations.length]);
    for (const { ownerUrl } of [first, second]) {
      const row = await ask(ownerUrl, 'select count(*)::int as count from onceover.migrations');
      expect(row).toEqual({ count: migrations.length });
    }
    await dropRoles(prefix, [first, second]);
  });

  it('migrate: refuses a database whose applied migration was edited, and names it', async () => {
    await using database = await empty();
    await migrate({ ownerUrl: database.ownerUrl });
    const edited = migrations.map((one) => (one.number === 1 ? { ...one, sql: `${one.sql} ` } : one));
    const error = await rejection(migrate({ ownerUrl: database.ownerUrl, migrations: edited }));
    expect(StoreError.isInstance(error) && error.code).toBe('migration_edited');
    expect(String(error)).toMatch(/Migration 1 \(audit-log\).*put the change into a new one/);
  });

  it('migrate: refuses a database that is newer than the code', async () => {
    await using database = await empty();
    await migrate({ ownerUrl: database.ownerUrl, migrations: [...migrations, extra()] });
    const error = await rejection(migrate({ ownerUrl: database.ownerUrl }));
    expect(StoreError.isInstance(error) && error.code).toBe('schema_newer');
    expect(String(error)).toMatch(
      new RegExp(`version ${next} \\(extra\\).*knows ${next - 1} at most. Update`),
    );
  });

  it('migrate: a migration that fails leaves nothing behind but those before it', async () => {
    await using database = await empty();
    const broken = [
      ...migrations,
      extra({ sql: 'create table onceover.half (id int); create table nowhere.other (id int)' }),
      extra({ number: next + 1, name: 'later' }),
    ];
    const error = await rejection(migrate({ ownerUrl: database.ownerUrl, migrations: broken }));
    expect(StoreError.isInstance(error) && error.code).toBe('migration_failed');
    expect(String(error)).toMatch(
      new RegExp(`Migration ${next} \\(extra\\).*rolled back.*at version ${next - 1}`),
    );
    await onStore(database.ownerUrl, async (store) => expect(await schemaVersion(store)).toBe(next - 1));
    expect(await ask(database.ownerUrl, `select to_regclass('onceover.half') as half`)).toEqual({
      half: null,
    });
    expect(
      (await migrate({ ownerUrl: database.ownerUrl, migrations: [...migrations, extra()] })).applied,
    ).toEqual([next]);
  });

  it('migrate: breaks off a statement that is running when its signal fires, and rolls it back', async () => {
    await using database = await empty();
    const abort = new AbortController();
    const sleeping = extra({ sql: 'create table onceover.half (id int); select pg_sleep(60)' });
    const log = (message: string) => void (message.endsWith('extra') && queueMicrotask(() => abort.abort()));
    const options = { ownerUrl: database.ownerUrl, migrations: [...migrations, sleeping], log };
    const error = await rejection(migrate({ ...options, signal: abort.signal }));
    expect(StoreError.isInstance(error) && error.code).toBe('aborted');
    expect(await ask(database.ownerUrl, `select to_regclass('onceover.half') as half`)).toEqual({
      half: null,
    });
  });

  it('requireSchema: an older schema is refused with the command that helps', async () => {
    await using database = await empty();
    const refused = (expected: number, needs: readonly Migration[]) =>
      onStore(database.ownerUrl, async (store) => {
        expect(await schemaVersion(store)).toBe(expected);
        const error = await rejection(requireSchema(store, needs));
        expect(StoreError.isInstance(error) && error.code).toBe('schema_older');
        expect(String(error)).toContain('Run `onceover migrate`');
      });
    await refused(0, migrations);
    await migrate({ ownerUrl: database.ownerUrl });
    await refused(next - 1, [...migrations, extra()]);
  });

  it('requireSchema: a newer schema is served until one of its steps is breaking', async () => {
    await using database = await empty();
    const compatible = [...migrations, extra()];
    await migrate({ ownerUrl: database.ownerUrl, migrations: compatible });
    await onStore(database.url, (store) => requireSchema(store));
    const breaking = extra({ number: next + 1, name: 'lanes-split', breaking: true, sql: 'select 1' });
    await migrate({ ownerUrl: database.ownerUrl, migrations: [...compatible, breaking] });
    const error = await onStore(database.url, (store) => rejection(requireSchema(store)));
    expect(StoreError.isInstance(error) && error.code).toBe('schema_newer');
    expect(String(error)).toContain('lanes-split');
  });

  describe('by an owner who may not create roles', () => {
    const prefix = `plain_${randomBytes(4).toString('hex')}`;
    beforeAll(() => run(server.ownerUrl, `create role ${prefix}_owner login password 'secret'`));
    afterAll(() => run(server.ownerUrl, `drop role ${prefix}_owner`));

    it('migrate: lists the statements for an administrator, and grants once they were run', async () => {
      await using database = await empty();
      await run(database.ownerUrl, `alter database ${database.name} owner to ${prefix}_owner`);
      const url = new URL(database.ownerUrl);
      url.username = `${prefix}_owner`;
      url.password = 'secret';
      const said: string[] = [];
      const options = {
        ownerUrl: url.href,
        rolePrefix: prefix,
        log: (message: string) => said.push(message),
      };
      const first = await migrate(options);
      expect(first.version).toBe(version);
      const statements = ['runner', 'api', 'auditor'].map(
        (role) => `create role "${prefix}_${role}" nologin;`,
      );
      expect(first.administratorStatements).toEqual(statements);
      expect(said).toEqual(expect.arrayContaining(statements));

      await run(server.ownerUrl, ...first.administratorStatements);
      expect((await migrate(options)).administratorStatements).toEqual([]);
      const rights = await ask(
        database.ownerUrl,
        `select has_table_privilege('${prefix}_runner', 'onceover.audit_leaves', 'insert') as insert,
           has_table_privilege('${prefix}_runner', 'onceover.audit_leaves', 'update') as update`,
      );
      expect(rights).toEqual({ insert: true, update: false });
      await run(database.ownerUrl, `reassign owned by ${prefix}_owner to current_user`);
      await dropRoles(prefix, [database]);
    });
  });
});

async function dropRoles(prefix: string, databases: DatabaseUrls[]): Promise<void> {
  const roles = Object.values(groupNames(prefix)).join(', ');
  for (const { ownerUrl } of databases) await run(ownerUrl, `drop owned by ${roles}`);
  await run(databases[0]?.ownerUrl ?? '', `drop role ${roles}`);
}
