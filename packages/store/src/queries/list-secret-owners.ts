import { defineQuery, type Queryable } from '../define-query.ts';

/** A connection or registration that is in use, with one of its current secrets; null where it has none. */
export interface SecretOwnerRow {
  kind: 'connection' | 'registration';
  id: string;
  tenant: string;
  connector: string;
  connectorVersion: string | null;
  registration: string | null;
  clientId: string | null;
  appId: string | null;
  managedBy: string;
  field: string | null;
  version: number | null;
  /** By this database's clock. */
  ageSeconds: number | null;
  /** A rotation of it has failed within a day. */
  hasFailedLately: boolean;
}

const query = defineQuery<[tenant: string | null], SecretOwnerRow>(
  'list-secret-owners',
  `select one.*, secret.field, secret.version,
     extract(epoch from clock_timestamp() - secret.created_at)::float8 as "ageSeconds",
     exists (select from onceover.secret_rotations rotation
       where rotation.owner = one.id and rotation.field = secret.field and rotation.outcome = 'failed'
         and rotation.ended_at > clock_timestamp() - interval '1 day') as "hasFailedLately"
   from (
     select 'registration' as kind, id, tenant, connector, null::text as "connectorVersion",
       null::text as registration, client_id as "clientId", app_id as "appId", managed_by as "managedBy"
     from onceover.registrations where removed_at is null
     union all
     select 'connection', id, tenant, connector, connector_version, registration, null, null, managed_by
     from onceover.connections where removed_at is null
   ) one
   left join onceover.secret_versions secret on secret.owner = one.id and secret.state = 'current'
   where $1::text is null or one.tenant = $1
   order by one.kind desc, one.id, secret.field`,
);

/** Who has secrets, and how old those are. @param tenant null for all */
export async function listSecretOwners(db: Queryable, tenant: string | null): Promise<SecretOwnerRow[]> {
  return query.rows(db, [tenant]);
}
