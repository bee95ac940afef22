import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[tenant: string, id: string, owner: string], { before: string; managedBy: string }>(
  'reassign-connection',
  `with old as (
     select id, responsible from onceover.connections
     where tenant = $1 and id = $2 and removed_at is null for update
   )
   update onceover.connections one set responsible = $3, updated_at = now()
   from old where one.id = old.id
   returning old.responsible as before, one.managed_by as "managedBy"`,
);

/** Gives a connection another owner. Undefined when there is no such connection in the tenant. */
export async function reassignConnection(
  db: Queryable,
  { tenant, id, owner }: { tenant: string; id: string; owner: string },
): Promise<{ before: string; managedBy: string } | undefined> {
  return query.maybeOne(db, [tenant, id, owner]);
}
