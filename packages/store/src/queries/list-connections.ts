import { defineQuery, type Queryable } from '../define-query.ts';

/** A connection as a list shows it. */
export interface ConnectionListRow {
  id: string;
  tenant: string;
  connector: string;
  registration: string | null;
  account: string | null;
  responsible: string;
  identity: string | null;
  managedBy: string;
  createdAt: Date;
}

const query = defineQuery<[tenant: string], ConnectionListRow>(
  'list-connections',
  `select id, tenant, connector, registration, account, responsible, identity, managed_by as "managedBy",
     created_at as "createdAt"
   from onceover.connections where tenant = $1 and removed_at is null order by id`,
);

/** The tenant's connections that are in use. */
export async function listConnections(db: Queryable, tenant: string): Promise<ConnectionListRow[]> {
  return query.rows(db, [tenant]);
}
