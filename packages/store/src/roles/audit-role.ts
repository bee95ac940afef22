import { defineQuery, type Queryable } from '../define-query.ts';

/** Looks at every role that this login is or may become, inherited or by SET ROLE. Before PostgreSQL 16 whoever may create roles could become any of them. */
const query = defineQuery<[], { can_change: boolean }>(
  'detect-audit-role',
  `select bool_or(
       pg_has_role(current_user, audit.relowner, 'MEMBER')
       or has_table_privilege(role.oid, audit.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
       or has_any_column_privilege(role.oid, audit.oid, 'UPDATE')
       or (role.rolcreaterole and current_setting('server_version_num')::integer < 160000)
     ) as can_change
   from pg_class audit, pg_roles role
   where audit.relnamespace = 'onceover'::regnamespace and audit.relkind in ('r', 'p')
     and audit.relname like 'audit\\_%' and pg_has_role(current_user, role.oid, 'MEMBER')`,
);

/** `separate` when this login can neither change an audit row nor become who can; `shared` otherwise. */
export async function auditRole(db: Queryable): Promise<'shared' | 'separate'> {
  const { can_change: canChange } = await query.one(db, []);
  return canChange ? 'shared' : 'separate';
}
