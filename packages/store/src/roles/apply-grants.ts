import pg from 'pg';
import { groupNames, type RoleName } from './ensure-roles.ts';

interface TableNames {
  audit: string[];
  others: string[];
}

/**
 * Gives the group roles their rights on everything that exists, anew after each migration. Audit tables are those whose
 * names begin with `audit_`: nobody but the owner may change a row of theirs. Roles that do not exist are left out.
 */
export async function applyGrants(client: pg.Client, prefix?: string): Promise<void> {
  const groups = groupNames(prefix);
  const { rows } = await client.query<{ rolname: string }>(
    'select rolname from pg_roles where rolname = any($1)',
    [Object.values(groups)],
  );
  const existing = new Set(rows.map((row) => row.rolname));
  const tables = await listTables(client);
  const statements = grantStatements(groups, tables)
    .filter(({ group }) => existing.has(group))
    .map(({ statement }) => statement);
  if (statements.length > 0) await client.query(['begin', ...statements, 'commit'].join(';\n'));
}

/** The rules themselves: who may do what with which tables. */
export function grantStatements(groups: Record<RoleName, string>, tables: TableNames): Grant[] {
  return [
    ...runnerGrants(groups.runner, tables),
    ...readerGrants(groups.api, [...tables.audit, ...tables.others, 'migrations']),
    ...readerGrants(groups.auditor, [...tables.audit, 'migrations']),
  ];
}

async function listTables(client: pg.Client): Promise<TableNames> {
  const { rows } = await client.query<{ relname: string }>(
    `select relname from pg_class
     where relnamespace = 'onceover'::regnamespace and relkind in ('r', 'p', 'v', 'm') and relname <> 'migrations'
     order by relname`,
  );
  const names = rows.map((row) => row.relname);
  return {
    audit: names.filter((name) => name.startsWith('audit_')),
    others: names.filter((name) => !name.startsWith('audit_')),
  };
}

interface Grant {
  group: string;
  statement: string;
}

function grant(group: string, rights: string, tables: string[]): Grant[] {
  if (tables.length === 0) return [];
  const list = tables.map((name) => `onceover.${pg.escapeIdentifier(name)}`).join(', ');
  return [{ group, statement: `grant ${rights} on ${list} to ${pg.escapeIdentifier(group)}` }];
}

function runnerGrants(group: string, tables: TableNames): Grant[] {
  const role = pg.escapeIdentifier(group);
  return [
    { group, statement: `grant usage on schema onceover to ${role}` },
    ...grant(group, 'select, insert', tables.audit),
    ...grant(group, 'select, insert, update, delete', tables.others),
    ...grant(group, 'select', ['migrations']),
    { group, statement: `grant usage, select on all sequences in schema onceover to ${role}` },
  ];
}

function readerGrants(group: string, tables: string[]): Grant[] {
  const role = pg.escapeIdentifier(group);
  return [
    { group, statement: `grant usage on schema onceover to ${role}` },
    ...grant(group, 'select', tables),
  ];
}
