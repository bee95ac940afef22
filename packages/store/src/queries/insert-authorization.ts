import { defineQuery, type Queryable } from '../define-query.ts';

export interface NewAuthorization {
  id: string;
  tenant: string;
  connection: string;
  registration: string;
  requestedBy: string;
  requestedScopes: readonly string[];
  ticketDigest: Buffer;
  lifeSeconds: number;
}

const query = defineQuery<
  [
    id: string,
    tenant: string,
    connection: string,
    registration: string,
    requestedBy: string,
    requestedScopes: string[],
    ticketDigest: Buffer,
    lifeSeconds: number,
  ],
  { expiresAt: Date }
>(
  'insert-authorization',
  `insert into onceover.authorizations
     (id, tenant, connection, registration, requested_by, requested_scopes, ticket_digest, expires_at)
   values ($1::uuid, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8))
   returning expires_at as "expiresAt"`,
);

/** Begins an authorisation: whoever brings its ticket in time may go to the vendor's consent page. */
export async function insertAuthorization(
  db: Queryable,
  one: NewAuthorization,
): Promise<{ expiresAt: Date }> {
  return query.one(db, [
    one.id,
    one.tenant,
    one.connection,
    one.registration,
    one.requestedBy,
    [...one.requestedScopes],
    one.ticketDigest,
    one.lifeSeconds,
  ]);
}
