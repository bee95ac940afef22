import { defineQuery, type Queryable } from '../define-query.ts';

export interface GrantListRow {
  connection: string;
  tenant: string;
  /** Null: the vendor has not told. */
  scopes: readonly string[] | null;
}

const query = defineQuery<[connector: string, tenant: string | null], GrantListRow>(
  'list-grants',
  `select id as connection, tenant, granted_scopes as scopes from onceover.connections
   where connector = $1 and ($2::text is null or tenant = $2) and removed_at is null order by id`,
);

/** What a connector's connections were granted, of one tenant or of all. */
export function listGrants(
  db: Queryable,
  place: { connector: string; tenant: string | null },
): Promise<GrantListRow[]> {
  return query.rows(db, [place.connector, place.tenant]);
}
