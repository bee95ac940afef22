import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [
    connection: string,
    version: number,
    tenant: string,
    answer: string,
    refreshedFrom: number | null,
    epoch: number | null,
    grantedScopes: string[] | null,
    expiresIn: number | null,
  ]
>(
  'insert-token-set',
  `insert into onceover.token_sets (connection, version, tenant, answer, refreshed_from, epoch, granted_scopes, expires_at)
   values ($1, $2, $3, $4::uuid, $5, $6, $7, clock_timestamp() + make_interval(secs => $8))`,
);

/** Notes a token set whose tokens are the secret version of the same number. */
export async function insertTokenSet(
  db: Queryable,
  set: {
    connection: string;
    version: number;
    tenant: string;
    answer: string;
    refreshedFrom: number | null;
    epoch: number | null;
    grantedScopes: readonly string[] | null;
    expiresInSeconds: number | null;
  },
): Promise<void> {
  await query.count(db, [
    set.connection,
    set.version,
    set.tenant,
    set.answer,
    set.refreshedFrom,
    set.epoch,
    set.grantedScopes && [...set.grantedScopes],
    set.expiresInSeconds,
  ]);
}
