import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[owner: string], { hook_id: string; tenant: string }>(
  'list-queued-hooks',
  // One step per hook, however long its queue is.
  `with recursive hook (hook_id) as (
     (select hook_id from onceover.delivery_queue order by hook_id limit 1)
     union all
     select (select queue.hook_id from onceover.delivery_queue queue where queue.hook_id > hook.hook_id
             order by queue.hook_id limit 1)
     from hook where hook.hook_id is not null
   )
   select hook.hook_id, (select tenant from onceover.delivery_queue queue where queue.hook_id = hook.hook_id limit 1) as tenant
   from hook
   where hook.hook_id is not null and not exists (
     select from onceover.hook_leases lease
     where lease.hook_id = hook.hook_id and lease.owner <> $1 and lease.lease_until > clock_timestamp()
   )`,
);

/** Hooks with deliveries to read that this runner may lease. */
export function listQueuedHooks(
  db: Queryable,
  owner: string,
): Promise<{ hook_id: string; tenant: string }[]> {
  return query.rows(db, [owner]);
}
