import { defineQuery, type Queryable } from '../define-query.ts';
import { rotationColumns, type RotationRow } from './find-rotation.ts';

const query = defineQuery<[id: string, owner: string, leaseMs: number, isAsked: boolean], RotationRow>(
  'claim-rotation',
  `update onceover.secret_rotations
   set epoch = epoch + 1, lease_owner = $2::uuid,
     lease_until = clock_timestamp() + make_interval(secs => $3::double precision / 1000)
   where id = $1::uuid and step is not null and waiting_for is null
     and (step <> 'revoke' or revoke_at <= clock_timestamp())
     and ($4 or retry_at is null or retry_at <= clock_timestamp())
     and (lease_until is null or lease_until <= clock_timestamp())
   returning ${rotationColumns}`,
);

/**
 * Takes the lease under which one runner alone does a rotation's next step. Undefined when somebody else has it, or
 * nothing can be done now.
 * @param claim.isAsked a person asks for it now: a pause after a failure does not count
 */
export async function claimRotation(
  db: Queryable,
  claim: { id: string; owner: string; leaseMs: number; isAsked: boolean },
): Promise<RotationRow | undefined> {
  return query.maybeOne(db, [claim.id, claim.owner, claim.leaseMs, claim.isAsked]);
}
