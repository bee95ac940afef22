import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[string[]], { id: string }>(
  'find-audit-leaves',
  'select id from onceover.audit_leaves where id = any($1::uuid[])',
);

/** Which of these leaves are stored. A leaf's id tells whether the transaction that stored it has been committed. */
export async function findAuditLeaves(db: Queryable, ids: string[]): Promise<Set<string>> {
  return new Set((await query.rows(db, [ids])).map(({ id }) => id));
}
