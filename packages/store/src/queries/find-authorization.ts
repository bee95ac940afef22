import { defineQuery, type Queryable } from '../define-query.ts';

export type AuthorizationStatus = 'waiting' | 'started' | 'exchanging' | 'authorized' | 'failed';

export interface AuthorizationRow {
  id: string;
  tenant: string;
  connection: string;
  registration: string;
  requestedBy: string;
  requestedScopes: readonly string[];
  status: AuthorizationStatus;
  failureCode: string | null;
  failure: string | null;
  expiresAt: Date;
  /** Its time is over, by the database's clock, and it had not ended. */
  isExpired: boolean;
}

export const authorizationColumns = `id, tenant, connection, registration, requested_by as "requestedBy",
   requested_scopes as "requestedScopes", status, failure_code as "failureCode", failure, expires_at as "expiresAt",
   (status in ('waiting', 'started') and expires_at <= clock_timestamp()) as "isExpired"`;

const query = defineQuery<[tenant: string, connection: string, id: string], AuthorizationRow>(
  'find-authorization',
  `select ${authorizationColumns} from onceover.authorizations
   where tenant = $1 and connection = $2 and id::text = $3`,
);

/** One authorisation of a connection; undefined for another tenant's or an unknown id. */
export async function findAuthorization(
  db: Queryable,
  { tenant, connection, id }: { tenant: string; connection: string; id: string },
): Promise<AuthorizationRow | undefined> {
  return query.maybeOne(db, [tenant, connection, id]);
}
