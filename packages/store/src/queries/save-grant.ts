import { defineQuery, type Queryable } from '../define-query.ts';
import type { GrantKind } from './find-grant.ts';

/** A declared scope that was not granted, and the operations that need it. */
export interface MissingScope {
  scope: string;
  operations: readonly string[];
}

export interface NewGrant {
  connection: string;
  tenant: string;
  registration: string;
  kind: GrantKind;
  origin: string;
  account: string | null;
  missingScopes: readonly MissingScope[];
  excessScopes: readonly string[];
  version: number;
  /** Seconds from now; null when its access token does not expire. */
  expiresInSeconds: number | null;
  refreshInSeconds: number | null;
  authorizedBy: string;
}

const query = defineQuery<
  [
    connection: string,
    tenant: string,
    registration: string,
    kind: string,
    origin: string,
    account: string | null,
    missingScopes: string,
    excessScopes: string[],
    version: number,
    expiresIn: number | null,
    refreshIn: number | null,
    authorizedBy: string,
  ]
>(
  'save-grant',
  `insert into onceover.connection_grants (connection, tenant, registration, kind, status, origin, account,
     missing_scopes, excess_scopes, version, last_version, expires_at, refresh_at, authorized_by)
   values ($1, $2, $3, $4, 'authorized', $5, $6, $7::jsonb, $8, $9, $9,
     clock_timestamp() + make_interval(secs => $10), clock_timestamp() + make_interval(secs => $11), $12)
   on conflict (connection) do update set
     tenant = excluded.tenant, registration = excluded.registration, kind = excluded.kind, status = excluded.status,
     reason = null, origin = excluded.origin, account = excluded.account, missing_scopes = excluded.missing_scopes,
     excess_scopes = excluded.excess_scopes, version = excluded.version, last_version = excluded.last_version,
     expires_at = excluded.expires_at, refresh_at = excluded.refresh_at, authorized_by = excluded.authorized_by,
     authorized_at = now(), refreshed_at = null, retry_at = null, failures = 0, last_failure = null,
     -- Whoever refreshes the grant before this one has lost its lease.
     epoch = onceover.connection_grants.epoch + 1, lease_owner = null, lease_until = null`,
);

/** Stores a new grant in the place of the connection's earlier one. */
export async function saveGrant(db: Queryable, grant: NewGrant): Promise<void> {
  await query.count(db, [
    grant.connection,
    grant.tenant,
    grant.registration,
    grant.kind,
    grant.origin,
    grant.account,
    JSON.stringify(grant.missingScopes),
    [...grant.excessScopes],
    grant.version,
    grant.expiresInSeconds,
    grant.refreshInSeconds,
    grant.authorizedBy,
  ]);
}
