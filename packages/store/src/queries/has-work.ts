import { defineQuery, type Queryable } from '../define-query.ts';

const query = defineQuery<[], { has_work: boolean }>(
  'has-work',
  `select exists (select from onceover.delivery_queue)
       or exists (
         select from onceover.lanes
         where ready_at is not null and (owner is not null or waiting is null or waiting not in ('timer', 'flow')
             or waiting = 'timer' and ready_at <= now())
       ) as has_work`,
);

/** Whether anything will move without a person, a timer or another runner's code: deliveries to read, lanes ready, leased or waiting for a retry. */
export async function hasWork(db: Queryable): Promise<boolean> {
  return (await query.one(db, [])).has_work;
}
