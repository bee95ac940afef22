import pg from 'pg';
import { hasSqlState } from '../sql-state.ts';
import { groupNames, type RoleName } from './ensure-roles.ts';

/** The names of what is in the schema, but for `migrations`. */
export interface SchemaTables {
  /** Tables whose names begin with `audit_`. */
  audit: string[];
  others: string[];
  views: string[];
}

const attempts = 5;

/**
 * Gives the group roles exactly their rights on everything that exists, anew after each migration. Nobody but the owner
 * may change a row of an audit table. Roles that do not exist are left out.
 */
export async function applyGrants(client: pg.Client, prefix?: string): Promise<void> {
  const groups = groupNames(prefix);
  const { rows } = await client.query<{ rolname: string }>(
    'select rolname from pg_roles where rolname = any($1)',
    [Object.values(groups)],
  );
  const existing = new Set(rows.map((row) => row.rolname));
  const statements = grantStatements(groups, await listTables(client))
    .filter(({ group }) => existing.has(group))
    .map(({ statement }) => statement);
  for (let attempt = 1; statements.length > 0; attempt += 1) {
    try {
      // In one transaction, so that a runner at work never sees its rights taken away.
      await client.query(['begin', ...statements, 'commit'].join(';\n'));
      return;
    } catch (error) {
      await client.query('rollback');
      // "tuple concurrently updated": autovacuum touched the same catalogue row.
      if (!hasSqlState(error, 'XX000') || attempt === attempts) throw error;
    }
  }
}

/** The rules themselves: who may do what with which tables. */
export function grantStatements(groups: Record<RoleName, string>, tables: SchemaTables): Grant[] {
  const { audit, others, views } = tables;
  const grants: [role: RoleName, rights: string, names: string[]][] = [
    ['runner', 'select, insert', audit],
    ['runner', 'select, insert, update, delete', others],
    // A view acts with its owner's rights: writing through one could change audit rows.
    ['runner', 'select', [...views, 'migrations']],
    ['api', 'select', [...audit, ...others, ...views, 'migrations']],
    ['auditor', 'select', [...audit, 'migrations']],
  ];
  const sequences = `grant usage, select on all sequences in schema onceover to ${pg.escapeIdentifier(groups.runner)}`;
  return [
    ...(['runner', 'api', 'auditor'] as const).flatMap((role) => onSchema(groups[role])),
    ...grants
      .filter(([, , names]) => names.length > 0)
      .map(([role, ...grant]) => onTables(groups[role], ...grant)),
    { group: groups.runner, statement: sequences },
  ];
}

interface Grant {
  group: string;
  statement: string;
}

function onSchema(group: string): Grant[] {
  const role = pg.escapeIdentifier(group);
  return [
    { group, statement: `revoke all on all tables in schema onceover from ${role}` },
    { group, statement: `grant usage on schema onceover to ${role}` },
  ];
}

function onTables(group: string, rights: string, names: string[]): Grant {
  const list = names.map((name) => `onceover.${pg.escapeIdentifier(name)}`).join(', ');
  return { group, statement: `grant ${rights} on ${list} to ${pg.escapeIdentifier(group)}` };
}

async function listTables(client: pg.Client): Promise<SchemaTables> {
  const { rows } = await client.query<{ name: string; is_view: boolean }>(
    `select relname::text as name, relkind in ('v', 'm') as is_view from pg_class
     where relnamespace = 'onceover'::regnamespace and relkind in ('r', 'p', 'v', 'm') and relname <> 'migrations'
     order by relname`,
  );
  const names = (isView: boolean) => rows.filter((row) => row.is_view === isView).map(({ name }) => name);
  const tables = names(false);
  return {
    audit: tables.filter((name) => name.startsWith('audit_')),
    others: tables.filter((name) => !name.startsWith('audit_')),
    views: names(true),
  };
}
