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
    identityException: string | null,
    rateScale: number | null,
  ],
  { id: string }
>(
  'upsert-connection',
  // An account that a grant told stays where the config names none; so does an owner given since the config named its own.
  `insert into onceover.connections as old (id, tenant, connector, connector_version, registration, account, variables,
     responsible, configured_owner, identity, origin, managed_by, identity_exception, rate_scale)
   values ($1, $2, $3, $4, $5,
     coalesce($6, (select account from onceover.connection_grants where connection = $1 and registration = $5)),
     $7::jsonb,
     coalesce((select responsible from onceover.connections where id = $1 and configured_owner = $8), $8), $8,
     $9, $10, $11, $12, $13)
   on conflict (id) do update set
     connector = excluded.connector, connector_version = excluded.connector_version,
     registration = excluded.registration, account = excluded.account, variables = excluded.variables,
     responsible = excluded.responsible, configured_owner = excluded.configured_owner, identity = excluded.identity,
     origin = excluded.origin, managed_by = excluded.managed_by, identity_exception = excluded.identity_exception,
     rate_scale = excluded.rate_scale, updated_at = now(), removed_at = null
   where (old.connector, old.connector_version, old.registration, old.account, old.variables,
       old.responsible, old.configured_owner, old.identity, old.origin, old.managed_by, old.identity_exception,
       old.rate_scale, old.removed_at)
     is distinct from
     (excluded.connector, excluded.connector_version, excluded.registration, excluded.account, excluded.variables,
       excluded.responsible, excluded.configured_owner, excluded.identity, excluded.origin, excluded.managed_by,
       excluded.identity_exception, excluded.rate_scale, null::timestamptz)
   returning id`,
);

/**
 * Stores a connection; what the vendor granted stays as it was. False when it was already stored like this.
 * @throws SQLSTATE 23505 (`connections_by_account`) when another connection of the registration has the account
 */
export async function upsertConnection(
  db: Queryable,
  row: Omit<ConnectionRow, 'grantedScopes'> & { managedBy: string; identityException: string | null },
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
    row.identityException,
    row.rateScale,
  ]);
  return changed !== undefined;
}
