import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [
    connection: string,
    version: number,
    isInUse: boolean,
    expiresIn: number | null,
    refreshIn: number | null,
    epoch: number,
  ]
>(
  'advance-grant',
  `update onceover.connection_grants set
     last_version = $2,
     version = case when $3 then $2 else version end,
     status = case when $3 then 'authorized' else status end,
     reason = case when $3 then null else reason end,
     expires_at = case when $3 then clock_timestamp() + make_interval(secs => $4) else expires_at end,
     refresh_at = case when $3 then clock_timestamp() + make_interval(secs => $5) else refresh_at end,
     refreshed_at = case when $3 then now() else refreshed_at end,
     retry_at = case when $3 then null else retry_at end,
     failures = case when $3 then 0 else failures end,
     last_failure = case when $3 then null else last_failure end,
     lease_owner = case when epoch = $6 then null else lease_owner end,
     lease_until = case when epoch = $6 then null else lease_until end
   where connection = $1`,
);

/** The connection has one token set more. Within a transaction that has locked the grant. */
export async function advanceGrant(
  db: Queryable,
  next: {
    connection: string;
    version: number;
    /** False for an answer that came late and is only kept. */
    isInUse: boolean;
    expiresInSeconds: number | null;
    refreshInSeconds: number | null;
    /** The lease under which it was asked for: given back if it still holds. */
    epoch: number;
  },
): Promise<void> {
  const { connection, version, isInUse, expiresInSeconds, refreshInSeconds, epoch } = next;
  await query.count(db, [connection, version, isInUse, expiresInSeconds, refreshInSeconds, epoch]);
}
