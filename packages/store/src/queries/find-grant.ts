import { defineQuery, type Queryable } from '../define-query.ts';

export type GrantKind = 'authorization_code' | 'client_credentials';
export type GrantStatus = 'authorized' | 'needs_reauthorization' | 'revoked';

/** What a vendor granted a connection. Spans of time are by the database's clock, and only as old as the row. */
export interface GrantRow {
  connection: string;
  tenant: string;
  registration: string;
  kind: GrantKind;
  status: GrantStatus;
  reason: string | null;
  /** Where its tokens may be sent. */
  origin: string;
  account: string | null;
  /** The token set in use, and the highest there is. */
  version: number;
  lastVersion: number;
  epoch: number;
  /** Until its access token expires, and until it should be refreshed; negative when that is past, null when never. */
  expiresInMs: number | null;
  refreshInMs: number | null;
  /** How long another one's lease still holds, and how long nobody asks the token endpoint; 0 when not. */
  leasedForMs: number;
  retryInMs: number;
  failures: number;
  lastFailure: string | null;
}

const columns = `connection, tenant, registration, kind, status, reason, origin, account, version,
   last_version as "lastVersion", epoch, failures, last_failure as "lastFailure",
   extract(epoch from expires_at - clock_timestamp())::float8 * 1000 as "expiresInMs",
   extract(epoch from refresh_at - clock_timestamp())::float8 * 1000 as "refreshInMs",
   greatest(0, coalesce(extract(epoch from lease_until - clock_timestamp()), 0))::float8 * 1000 as "leasedForMs",
   greatest(0, coalesce(extract(epoch from retry_at - clock_timestamp()), 0))::float8 * 1000 as "retryInMs"`;

const query = defineQuery<[connection: string], GrantRow>(
  'find-grant',
  `select ${columns} from onceover.connection_grants where connection = $1`,
);

const locking = defineQuery<[connection: string], GrantRow>(
  'lock-grant',
  `select ${columns} from onceover.connection_grants where connection = $1 for update`,
);

/** Undefined for a connection that was never authorised. */
export async function findGrant(db: Queryable, connection: string): Promise<GrantRow | undefined> {
  return query.maybeOne(db, [connection]);
}

/** The same, locked until the transaction ends: for the moment in which an answer is stored, never while one is awaited. */
export async function lockGrant(db: Queryable, connection: string): Promise<GrantRow | undefined> {
  return locking.maybeOne(db, [connection]);
}
