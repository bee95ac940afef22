import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery(
  'expire-leases',
  `with rotations as (
     update onceover.secret_rotations set lease_until = clock_timestamp() where lease_until > clock_timestamp()
   ),
   lanes as (
     update onceover.lanes set ready_at = clock_timestamp() where owner is not null and ready_at > clock_timestamp()
   )
   update onceover.subscriptions set lease_until = clock_timestamp() where lease_until > clock_timestamp()`,
);

/**
 * Lets every lease on a lane, a rotation or a subscription end now: for a caller who knows that whoever held one is dead, and
 * who shares the database with nobody else.
 */
export async function expireLeases(db: Queryable): Promise<void> {
  await query.count(db, []);
}
