import { type BatchRows, defineBatch } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';
import { auditSets, storeAudit } from './audit-batch.ts';
import { fanOutSets, fanOutValues, fanOutValuesOf, type NewLaneRow, storeFanOut } from './fan-out-batch.ts';
import { quarantineSets, storeQuarantine } from './quarantine-batch.ts';
import { claimedLanes, type LaneClaimer } from './record-events.ts';

const sets = {
  /** The items' lanes, each once; all must still be held by these epochs, and all are given back. */
  held_lanes: { id: 'uuid', epoch: 'int8', finished: 'int4', ready_after_ms: 'int8' },
  settled: {
    connection: 'text',
    trigger: 'text',
    key: 'text',
    status: 'text',
    attempts: 'int4',
    error: 'json?',
  },
  ...quarantineSets,
  ...fanOutSets,
  ...auditSets,
} as const;

/** What `settleItems` stores. */
export type SettledItems = BatchRows<typeof sets>;

const query = defineBatch<
  typeof sets,
  typeof fanOutValues,
  { left_id: string | null; id: string | null; epoch: number | null }
>(
  'settle-items',
  sets,
  fanOutValues,
  ({ set, value }) => `with held as materialized (
  select lane.id, lane.pending - held_lanes.finished as pending, held_lanes.ready_after_ms
  from ${set.held_lanes} join onceover.lanes lane on lane.id = held_lanes.id and lane.epoch = held_lanes.epoch
  order by lane.id for no key update of lane
),
idle_lane as (
  delete from onceover.lanes lane using held where lane.id = held.id and held.pending = 0
),
kept_lane as (
  update onceover.lanes lane
  set pending = held.pending, owner = null,
      waiting = case when held.ready_after_ms > 0 then 'retry' end,
      ready_at = now() + make_interval(secs => held.ready_after_ms::double precision / 1000)
  from held where lane.id = held.id and held.pending > 0
),
changed_item as (
  update onceover.items item
  set status = settled.status, attempts = settled.attempts, error = settled.error,
      -- What is done is kept by its delivery.
      item = case when settled.status in ('done', 'echo') then null else item.item end,
      finished_at = case when settled.status = 'pending' then null else now() end
  from ${set.settled}
  where item.connection = settled.connection and item.trigger = settled.trigger and item.key = settled.key
),
${storeQuarantine(set)},
${storeFanOut(set, value)},
${storeAudit(set)}
select touched.left_id, touched.id, touched.epoch
from (
  select onceover.require((select count(*) from held) = (select count(*) from ${set.held_lanes}), 'lane_lost')
     and onceover.require((select count(*) from new_event) = (select count(*) from ${set.events}), 'event_known') as ok
) guard
left join (
  select held.id as left_id, null::uuid as id, null::bigint as epoch from held where held.pending > 0
  union all
  select null, new_lane.id, new_lane.epoch from new_lane where new_lane.is_claimed
) touched on guard.ok`,
);

/**
 * Stores what became of hydrated items, with their events and runs, and gives their lanes back; all or nothing.
 * @returns the items' lanes that have work left, and the runs' lanes that are the claimer's
 * @throws when a lane is no longer held or an event is known: SQLSTATE OC001 (see `isRefuted`)
 */
export async function settleItems(
  db: Queryable,
  claimer: LaneClaimer,
  rows: SettledItems,
): Promise<{ left: string[]; claimed: NewLaneRow[] }> {
  const touched = await query.rows(db, { sets: rows, values: fanOutValuesOf(claimer, rows) });
  return { left: touched.flatMap(({ left_id }) => left_id ?? []), claimed: claimedLanes(touched) };
}
