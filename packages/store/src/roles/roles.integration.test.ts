import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectOnce } from '../connect-once.ts';
import { ask, rejection } from '../embedded/embedded-test-kit.fixture.ts';
import { migrate } from '../migrate.ts';
import { openStore } from '../open-store.ts';
import { insertAuditLeaf } from '../queries/index.ts';
import { sqlStateOf } from '../sql-state.ts';
import { createDatabaseOn, type TestDatabase } from '../testing/index.ts';
import { testedServers } from '../testing/tested-servers.fixture.ts';
import { auditRole } from './audit-role.ts';
import { ensureRoles, groupNames, loginNames } from './ensure-roles.ts';

const insufficientPrivilege = '42501';

describe.each(await testedServers())('on %s', (_, server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabaseOn(server);
    const store = await openStore({ url: database.url, applicationName: 'test' });
    const entry = {
      position: 0,
      kind: 'run-finished',
      subject: 'runs/1',
      salt: Buffer.alloc(16),
      payload: '{}',
    };
    await insertAuditLeaf(store, {
      id: '01890a5d-ac96-774b-bcce-b302099a8057',
      tenant: 'default',
      at: '2026-11-24T10:00:00Z',
      body: '{}',
      hash: Buffer.alloc(32),
      entries: [entry],
    });
    await store.close();
  });
  afterAll(async () => {
    await database.drop();
    await server.release();
  });

  const stateOf = async (url: string, sql: string) => {
    const outcome = connectOnce({ url, applicationName: 'test' }, (client) => client.query(sql));
    return sqlStateOf(await rejection(outcome));
  };

  it.each([
    `update onceover.audit_leaves set body = '{"changed":true}'`,
    'delete from onceover.audit_leaves',
    'truncate onceover.audit_leaves',
    `update onceover.audit_entries set payload = 'changed'`,
    'update onceover.audit_entries set salt = null, payload = null',
    'delete from onceover.audit_entries',
    'truncate onceover.audit_entries',
    `insert into onceover.audit_entries select * from onceover.audit_entries on conflict (leaf_id, position) do update set payload = 'changed'`,
    `merge into onceover.audit_entries e using (select 1) s on true when matched then update set payload = 'changed'`,
    'select * from onceover.audit_leaves for update',
    'alter table onceover.audit_leaves add column more text',
    'drop table onceover.audit_entries',
    'create trigger t before insert on onceover.audit_leaves for each row execute function suppress_redundant_updates_trigger()',
    'create table onceover.more (id integer)',
    `insert into onceover.migrations (number, name, breaking, sha256) values (9999, 'x', false, 'x')`,
    'delete from onceover.migrations',
  ])('the runner may not: %s', async (sql) => {
    expect(await stateOf(database.url, sql)).toBe(insufficientPrivilege);
  });

  it('no login may become the owner or an other role', async () => {
    const { owner } = await ask<{ owner: string }>(database.ownerUrl, 'select current_user as owner');
    for (const url of [database.url, database.apiUrl, database.auditorUrl]) {
      expect(await stateOf(url, `set role "${owner}"`)).toBe(insufficientPrivilege);
    }
    expect(await stateOf(database.apiUrl, 'set role onceover_runner')).toBe(insufficientPrivilege);
  });

  it('the runner reads and writes every other table', async () => {
    const { tables } = await ask<{ tables: string[] }>(
      database.url,
      `select coalesce(array_agg(relname::text), '{}') as tables from pg_class
       where relnamespace = 'onceover'::regnamespace and relkind in ('r', 'p')
         and relname not like 'audit\\_%' and relname <> 'migrations'
         and not (has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
           and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete'))`,
    );
    expect(tables).toEqual([]);
  });

  it('a right that a table should not have is gone after the next migration, and a view is only read', async () => {
    await using other = await createDatabaseOn(server);
    await ask(other.ownerUrl, 'grant all on onceover.audit_leaves to onceover_runner, onceover_api');
    await ask(other.ownerUrl, 'create view onceover.leaves as select * from onceover.audit_leaves');
    await migrate({ ownerUrl: other.ownerUrl });
    expect(await stateOf(other.url, 'delete from onceover.audit_leaves')).toBe(insufficientPrivilege);
    expect(await stateOf(other.url, 'delete from onceover.leaves')).toBe(insufficientPrivilege);
    expect(await ask(other.url, 'select count(*)::int as count from onceover.leaves')).toEqual({ count: 0 });
    expect(await stateOf(other.apiUrl, 'delete from onceover.audit_leaves')).toBe(insufficientPrivilege);
  });

  it('the api reads and writes nothing', async () => {
    expect(await ask(database.apiUrl, 'select count(*)::int as count from onceover.audit_leaves')).toEqual({
      count: 1,
    });
    const { writable } = await ask<{ writable: string[] }>(
      database.apiUrl,
      `select coalesce(array_agg(relname::text), '{}') as writable from pg_class
       where relnamespace = 'onceover'::regnamespace and relkind in ('r', 'p', 'v')
         and has_table_privilege(oid, 'insert, update, delete, truncate')`,
    );
    expect(writable).toEqual([]);
  });

  it('the auditor reads the audit log and nothing else', async () => {
    const { readable } = await ask<{ readable: string[] }>(
      database.auditorUrl,
      `select array_agg(relname::text order by relname) as readable from pg_class
       where relnamespace = 'onceover'::regnamespace and relkind in ('r', 'p', 'v')
         and has_table_privilege(oid, 'select') and not relname like 'audit\\_%'`,
    );
    expect(readable).toEqual(['migrations']);
    expect(await ask(database.auditorUrl, 'select body from onceover.audit_leaves')).toEqual({ body: '{}' });
    expect(await ask(database.auditorUrl, 'select payload from onceover.audit_entries')).toEqual({
      payload: '{}',
    });
    expect(await stateOf(database.auditorUrl, 'delete from onceover.audit_entries')).toBe(
      insufficientPrivilege,
    );
  });

  it('auditRole: separate for a login that cannot change an audit row, shared for the owner and for whoever can become it', async () => {
    const role = async (url: string) => {
      const store = await openStore({ url, applicationName: 'test' });
      const found = await auditRole(store);
      await store.close();
      return found;
    };
    expect(await role(database.url)).toBe('separate');
    expect(await role(database.apiUrl)).toBe('separate');
    expect(await role(database.auditorUrl)).toBe('separate');
    expect(await role(database.ownerUrl)).toBe('shared');

    const login = `guest_${randomBytes(4).toString('hex')}`;
    const { owner } = await ask<{ owner: string }>(database.ownerUrl, 'select current_user as owner');
    const url = new URL(database.url);
    url.username = login;
    url.password = 'secret';
    await ask(database.ownerUrl, `create role ${login} login noinherit password 'secret' in role "${owner}"`);
    expect(await role(url.href)).toBe('shared');
    await ask(database.ownerUrl, `drop role ${login}`);
    await ask(database.ownerUrl, `create role ${login} login password 'secret' in role onceover_runner`);
    await ask(database.ownerUrl, `grant update (payload) on onceover.audit_entries to ${login}`);
    expect(await role(url.href)).toBe('shared');
    await ask(database.ownerUrl, `drop owned by ${login}`);
    await ask(database.ownerUrl, `drop role ${login}`);
  });

  it('ensureRoles: twenty at once make each role and login once', async () => {
    const prefix = `many_${randomBytes(4).toString('hex')}`;
    const logins = Object.values(loginNames(prefix)).map((name) => ({ name, password: 'secret' }));
    const { ownerUrl } = database;
    const results = await Promise.all(
      Array.from({ length: 20 }, () => ensureRoles({ ownerUrl, prefix, logins })),
    );
    expect(results.flat()).toEqual([]);
    const names = [...Object.values(groupNames(prefix)), ...Object.values(loginNames(prefix))];
    const { members } = await ask<{ members: number }>(
      ownerUrl,
      `select count(*)::int as members from pg_auth_members where member::regrole::text like '${prefix}%'`,
    );
    expect(members).toBe(3);
    await ask(ownerUrl, `drop role ${names.join(', ')}`);
  });

  it('ensureRoles: what an administrator has to run shows no password', async () => {
    const prefix = `none_${randomBytes(4).toString('hex')}`;
    const logins = [{ name: loginNames(prefix).runner, password: 'very-secret' }];
    const statements = await ensureRoles({ ownerUrl: database.url, prefix, logins });
    expect(statements).toEqual([
      `create role "${prefix}_runner" nologin;`,
      `create role "${prefix}_api" nologin;`,
      `create role "${prefix}_auditor" nologin;`,
      `create role "${prefix}_runner_login" login in role "${prefix}_runner" password '…';`,
    ]);
  });
});
