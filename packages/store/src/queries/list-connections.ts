import { defineQuery, type Queryable } from '../define-query.ts';
import type { GrantStatus } from './find-grant.ts';
import type { MissingScope } from './save-grant.ts';

/** A connection as a list shows it. */
export interface ConnectionListRow {
  id: string;
  tenant: string;
  connector: string;
  registration: string | null;
  account: string | null;
  responsible: string;
  identity: string | null;
  /** Why a shared mailbox may be the identity. */
  identityException: string | null;
  managedBy: string;
  createdAt: Date;
  /** `configured`: a config gives its credential. */
  status: GrantStatus | 'configured' | 'not_connected';
  /** Why it is not authorised any more, or what the token endpoint's last trouble was. */
  reason: string | null;
  /** Null: the vendor has not told. */
  grantedScopes: readonly string[] | null;
  missingScopes: readonly MissingScope[];
  excessScopes: readonly string[];
  authorizedBy: string | null;
  authorizedAt: Date | null;
  expiresAt: Date | null;
  /** Until when all its calls are held back; null: they are not. */
  heldUntil: Date | null;
  /** What its vendor answered, or `breaker`. */
  heldBy: string | null;
}

/** As it comes from the database: JSON is text there. */
type Stored = Omit<ConnectionListRow, 'missingScopes'> & { missingScopes: string };

const query = defineQuery<[tenant: string], Stored>(
  'list-connections',
  `select one.id, one.tenant, one.connector, one.registration, one.account, one.responsible, one.identity,
     one.identity_exception as "identityException", one.managed_by as "managedBy", one.created_at as "createdAt",
     case
       when exists (select from onceover.secret_versions secret
         where secret.owner = one.id and secret.field = 'accessToken' and secret.state = 'current') then 'configured'
       else coalesce(given.status, 'not_connected')
     end as status,
     coalesce(given.reason, given.last_failure) as reason, one.granted_scopes as "grantedScopes",
     coalesce(given.missing_scopes, '[]') as "missingScopes", coalesce(given.excess_scopes, '{}') as "excessScopes",
     given.authorized_by as "authorizedBy", given.authorized_at as "authorizedAt", given.expires_at as "expiresAt",
     case when gate.open_until is not null then greatest(gate.open_until, gate.paused_until)
       when gate.paused_until > now() then gate.paused_until end as "heldUntil",
     case when gate.open_until is not null then 'breaker'
       when gate.paused_until > now() then gate.pause_code end as "heldBy"
   from onceover.connections one
   left join onceover.connection_grants given on given.connection = one.id
   left join onceover.call_gates gate on gate.connection = one.id and gate.calls = ''
   where one.tenant = $1 and one.removed_at is null order by one.id`,
);

/** The tenant's connections that are in use. */
export async function listConnections(db: Queryable, tenant: string): Promise<ConnectionListRow[]> {
  const rows = await query.rows(db, [tenant]);
  return rows.map((row) => ({ ...row, missingScopes: JSON.parse(row.missingScopes) as MissingScope[] }));
}
