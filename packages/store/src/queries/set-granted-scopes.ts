import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[tenant: string, id: string, scopes: string[] | null]>(
  'set-granted-scopes',
  `update onceover.connections set granted_scopes = $3, updated_at = now()
   where tenant = $1 and id = $2 and removed_at is null and granted_scopes is distinct from $3`,
);

/** Stores what the vendor says it granted; null when it does not say. False when that was known, or there is no such connection. */
export async function setGrantedScopes(
  db: Queryable,
  { tenant, id, scopes }: { tenant: string; id: string; scopes: readonly string[] | null },
): Promise<boolean> {
  return (await query.count(db, [tenant, id, scopes && [...scopes]])) === 1;
}
