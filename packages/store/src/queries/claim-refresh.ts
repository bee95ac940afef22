import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<
  [connection: string, version: number | null, owner: string, leaseMs: number],
  { epoch: number }
>(
  'claim-refresh',
  `update onceover.connection_grants
   set epoch = epoch + 1, lease_owner = $3::uuid,
     lease_until = clock_timestamp() + make_interval(secs => $4::double precision / 1000)
   where connection = $1 and (lease_until is null or lease_until <= clock_timestamp())
     and ($2::integer is null
       or (version = $2 and status = 'authorized' and (retry_at is null or retry_at <= clock_timestamp())))
   returning epoch`,
);

/**
 * Takes the lease under which one runner alone speaks with the token endpoint, for as long as this token set is the
 * one in use. Undefined when somebody else has it, the set has been replaced, or the endpoint wants to be left alone.
 * @param claim.version null for a revocation: whatever is in use, and however it stands
 */
export async function claimRefresh(
  db: Queryable,
  claim: { connection: string; version: number | null; owner: string; leaseMs: number },
): Promise<{ epoch: number } | undefined> {
  return query.maybeOne(db, [claim.connection, claim.version, claim.owner, claim.leaseMs]);
}
