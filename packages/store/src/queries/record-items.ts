import { type BatchRows, defineBatch } from '../batches/define-batch.ts';
import type { Queryable } from '../define-query.ts';
import { auditSets, storeAudit } from './audit-batch.ts';
import { fanOutSets, storeFanOut } from './fan-out-batch.ts';
import { itemSets, storeItems } from './item-batch.ts';
import { quarantineSets, storeQuarantine } from './quarantine-batch.ts';

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

const query = defineBatch(
  'record-items',
  sets,
  { hook_id: 'text', epoch: 'int8', lease_ms: 'int4' },
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
${storeFanOut(set)},
${storeAudit(set)}
select onceover.require(exists (select from held), 'hook_lost'),
       onceover.require((select count(*) from new_item) = (select count(*) from ${set.items}), 'item_known'),
       onceover.require((select count(*) from new_event) = (select count(*) from numbered), 'event_known')`,
);

/**
 * Stores the items of a hook's deliveries with their events and runs, takes the deliveries off the queue and extends
 * the hook's lease, in one transaction; all or nothing.
 * @throws when the hook is no longer held, or an item or event is known: SQLSTATE OC001 (see `isRefuted`)
 */
export async function recordItems(
  db: Queryable,
  hook: { hookId: string; epoch: number; leaseMs: number },
  rows: RecordedItems,
): Promise<void> {
  await query.rows(db, {
    sets: rows,
    values: { hook_id: hook.hookId, epoch: hook.epoch, lease_ms: hook.leaseMs },
  });
}
