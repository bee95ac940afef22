import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[connection: string, epoch: number, status: string, reason: string]>(
  'end-grant',
  `update onceover.connection_grants
   set status = $3, reason = $4, lease_owner = null, lease_until = null, last_failure = $4
   where connection = $1 and epoch = $2`,
);

/** The grant holds no more. False when the lease was lost meanwhile: then another one knows better. */
export async function endGrant(
  db: Queryable,
  end: { connection: string; epoch: number; status: 'needs_reauthorization' | 'revoked'; reason: string },
): Promise<boolean> {
  return (await query.count(db, [end.connection, end.epoch, end.status, end.reason])) === 1;
}
