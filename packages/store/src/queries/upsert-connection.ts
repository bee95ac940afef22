import { defineQuery, type Queryable } from '../define-query.ts';
import type { ConnectionRow } from './find-connection.ts';

const query = defineQuery<
  [
    id: string,
    tenant: string,
    connector: string,
    connectorVersion: string | null,
    registration: string | null,
    account: string | null,
    variables: string,
    responsible: string,
    identity: string | null,
    origin: string | null,
    managedBy: string,
  ],
  { id: string }
>(
  'upsert-connection',
  `insert into onceover.connections as old (id, tenant, connector, connector_version, registration, account, variables,
     responsible, identity, origin, managed_by)
   values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11)
   on conflict (id) do update set
     connector = excluded.connector, connector_version = excluded.connector_version,
     registration = excluded.registration, account = excluded.account, variables = excluded.variables,
     responsible = excluded.responsible, identity = excluded.identity, origin = excluded.origin,
     managed_by = excluded.managed_by, updated_at = now(), removed_at = null
   where (old.connector, old.connector_version, old.registration, old.account, old.variables,
       old.responsible, old.identity, old.origin, old.managed_by, old.removed_at)
     is distinct from
     (excluded.connector, excluded.connector_version, excluded.registration, excluded.account, excluded.variables,
       excluded.responsible, excluded.identity, excluded.origin, excluded.managed_by, null::timestamptz)
   returning id`,
);

/**
 * Stores a connection; what the vendor granted stays as it was. False when it was already stored like this.
 * @throws SQLSTATE 23505 (`connections_by_account`) when another connection of the registration has the account
 */
export async function upsertConnection(
  db: Queryable,
  row: Omit<ConnectionRow, 'grantedScopes'> & { managedBy: string },
): Promise<boolean> {
  const changed = await query.maybeOne(db, [
    row.id,
    row.tenant,
    row.connector,
    row.connectorVersion,
    row.registration,
    row.account,
    JSON.stringify(row.variables),
    row.responsible,
    row.identity,
    row.origin,
    row.managedBy,
  ]);
  return changed !== undefined;
}
