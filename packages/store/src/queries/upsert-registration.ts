import { defineQuery, type Queryable } from '../define-query.ts';
import type { RegistrationRow } from './find-registration.ts';

const query = defineQuery<
  [
    id: string,
    tenant: string,
    connector: string,
    clientId: string | null,
    appId: string | null,
    origin: string | null,
    managedBy: string,
  ],
  { id: string }
>(
  'upsert-registration',
  `insert into onceover.registrations as old (id, tenant, connector, client_id, app_id, origin, managed_by)
   values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (id) do update set
     connector = excluded.connector, client_id = excluded.client_id, app_id = excluded.app_id,
     origin = excluded.origin, managed_by = excluded.managed_by, updated_at = now(), removed_at = null
   where (old.connector, old.client_id, old.app_id, old.origin, old.managed_by, old.removed_at)
     is distinct from
     (excluded.connector, excluded.client_id, excluded.app_id, excluded.origin, excluded.managed_by, null::timestamptz)
   returning id`,
);

/** Stores a registration. False when it was already stored like this. */
export async function upsertRegistration(
  db: Queryable,
  row: RegistrationRow & { managedBy: string },
): Promise<boolean> {
  const { id, tenant, connector, clientId, appId, origin, managedBy } = row;
  return (
    (await query.maybeOne(db, [id, tenant, connector, clientId, appId, origin, managedBy])) !== undefined
  );
}
