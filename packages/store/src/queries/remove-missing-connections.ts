import { defineQuery, type Queryable } from '../define-query.ts';
import type { HookIdRow } from './claim-hook-ids.ts';

const query = defineQuery<[managedBy: string, ids: string[]], HookIdRow>(
  'remove-missing-connections',
  `with gone_connections as (
     update onceover.connections set removed_at = now(), updated_at = now()
     where managed_by = $1 and removed_at is null and id <> all ($2)
     returning id, tenant, owner
   ), gone_registrations as (
     update onceover.registrations set removed_at = now(), updated_at = now()
     where managed_by = $1 and removed_at is null and id <> all ($2)
     returning id, tenant, owner
   )
   select id, tenant, owner from gone_connections
   union all
   select id, tenant, owner from gone_registrations
   order by id`,
);

/** Ends the use of what the same source no longer names. Rows and secrets stay. Returns what was ended. */
export async function removeMissingConnections(
  db: Queryable,
  { managedBy, keep }: { managedBy: string; keep: readonly string[] },
): Promise<HookIdRow[]> {
  return query.rows(db, [managedBy, [...keep]]);
}
