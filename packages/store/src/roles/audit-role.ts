import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[], { can_change: boolean }>(
  'detect-audit-role',
  `select bool_or(
       has_table_privilege(current_user, c.oid, 'UPDATE, DELETE, TRUNCATE')
       or pg_has_role(current_user, c.relowner, 'MEMBER')
     ) as can_change
   from pg_class c
   where c.relnamespace = 'onceover'::regnamespace and c.relkind in ('r', 'p') and c.relname like 'audit\\_%'`,
);

/** `separate` when this login can neither change an audit row nor become who can; `shared` otherwise. */
export async function auditRole(db: Queryable): Promise<'shared' | 'separate'> {
  const { can_change: canChange } = await query.one(db, []);
  return canChange ? 'shared' : 'separate';
}
