import { defineBatch } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';

const query = defineBatch<
  { held: { id: 'uuid'; epoch: 'int8' } },
  { lease_ms: 'int4' },
  { id: string; epoch: number }
>(
  'extend-lanes',
  { held: { id: 'uuid', epoch: 'int8' } },
  { lease_ms: 'int4' },
  ({ set, value }) => `with mine as materialized (
    select lane.id from ${set.held} join onceover.lanes lane on lane.id = held.id and lane.epoch = held.epoch
    order by lane.id for no key update of lane
  )
  update onceover.lanes lane
  set ready_at = clock_timestamp() + make_interval(secs => ${value.lease_ms}::double precision / 1000)
  from mine where lane.id = mine.id and lane.owner is not null
  returning lane.id, lane.epoch`,
);

/** A heartbeat: extends the leases that still hold and tells which they are. */
export function extendLanes(
  db: Queryable,
  lanes: readonly { id: string; epoch: number }[],
  leaseMs: number,
): Promise<{ id: string; epoch: number }[]> {
  return query.rows(db, { sets: { held: lanes }, values: { lease_ms: leaseMs } });
}
