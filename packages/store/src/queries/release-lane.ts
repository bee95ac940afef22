import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[id: string, epoch: number, afterMs: number]>(
  'release-lane',
  `with idle as (
     delete from onceover.lanes where id = $1 and epoch = $2 and pending = 0 and waiting is null
   )
   update onceover.lanes
   set owner = null, ready_at = now() + make_interval(secs => $3::double precision / 1000)
   where id = $1 and epoch = $2 and pending > 0`,
);

/** Gives a lane back as it is, when it is still held. */
export async function releaseLane(
  db: Queryable,
  lane: { id: string; epoch: number; afterMs: number },
): Promise<void> {
  await query.count(db, [lane.id, lane.epoch, lane.afterMs]);
}
