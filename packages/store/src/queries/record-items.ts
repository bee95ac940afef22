import { type BatchRows, defineBatch } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';
import { auditSets, storeAudit } from './audit-batch.ts';
import { fanOutSets, fanOutValues, fanOutValuesOf, type NewLaneRow, storeFanOut } from './fan-out-batch.ts';
import { itemSets, storeItems } from './item-batch.ts';
import { quarantineSets, storeQuarantine } from './quarantine-batch.ts';
import { claimedLanes, type LaneClaimer } from './record-events.ts';

const sets = {
  /** Places in the hook's queue that were read. */
  read: { seq: 'int8' },
  ...itemSets,
  ...quarantineSets,
  ...fanOutSets,
  ...auditSets,
} as const;

/** What `recordItems` stores. */
export type RecordedItems = BatchRows<typeof sets>;

const values = { hook_id: 'text', epoch: 'int8', lease_ms: 'int4', ...fanOutValues } as const;

const query = defineBatch<typeof sets, typeof values, { id: string | null; epoch: number | null }>(
  'record-items',
  sets,
  values,
  ({ set, value }) => `with held as (
  update onceover.hook_leases
  set lease_until = clock_timestamp() + make_interval(secs => ${value.lease_ms}::double precision / 1000)
  where hook_id = ${value.hook_id} and epoch = ${value.epoch}
  returning 1
),
done as (
  delete from onceover.delivery_queue queue using ${set.read}
  where queue.hook_id = ${value.hook_id} and queue.seq = read.seq
),
${storeItems(set)},
${storeQuarantine(set)},
${storeFanOut(set, value)},
${storeAudit(set)}
select new_lane.id, new_lane.epoch
from (
  select onceover.require(exists (select from held), 'hook_lost')
     and onceover.require((select count(*) from new_item) = (select count(*) from ${set.items}), 'item_known')
     and onceover.require((select count(*) from new_event) = (select count(*) from ${set.events}), 'event_known') as ok
) guard
left join new_lane on guard.ok and new_lane.is_claimed`,
);

/**
 * Stores the items of a hook's deliveries with their events and runs, takes the deliveries off the queue and extends
 * the hook's lease, in one transaction; all or nothing.
 * @returns the lanes that are the claimer's
 * @throws when the hook is no longer held, or an item or event is known: SQLSTATE OC001 (see `isRefuted`)
 */
export async function recordItems(
  db: Queryable,
  hook: { hookId: string; epoch: number; leaseMs: number },
  claimer: LaneClaimer,
  rows: RecordedItems,
): Promise<NewLaneRow[]> {
  const { hookId, epoch, leaseMs } = hook;
  const given = { hook_id: hookId, epoch, lease_ms: leaseMs, ...fanOutValuesOf(claimer, rows) };
  return claimedLanes(await query.rows(db, { sets: rows, values: given }));
}
