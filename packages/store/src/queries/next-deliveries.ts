import { defineQuery, type Queryable } from '../define-query.ts';

export interface QueuedDeliveryRow {
  seq: number;
  id: string;
  trigger: string;
  /** Null for those whose content the caller has. */
  headers: string | null;
  body: Buffer | null;
}

const query = defineQuery<
  [hookId: string, limit: number, known: string[], maxBytes: number, after: number],
  QueuedDeliveryRow
>(
  'next-deliveries',
  `with next as (
     select queue.seq, delivery.id, delivery.trigger, delivery.headers, delivery.body,
            sum(octet_length(delivery.body)) over (order by queue.seq) - octet_length(delivery.body) as bytes_before
     from (
       select seq, delivery_id from onceover.delivery_queue where hook_id = $1 and seq > $5 order by seq limit $2
     ) queue
     join onceover.deliveries delivery on delivery.id = queue.delivery_id
   )
   select seq, id, trigger,
          case when id = any($3::uuid[]) then null else headers end as headers,
          case when id = any($3::uuid[]) then null else body end as body
   from next where bytes_before <= $4::bigint
   order by seq`,
);

/**
 * The next deliveries of a hook in order of arrival: at most `limit`, and at least one whatever its size. `after` spares
 * a walk over places that were read: 0 begins at the beginning.
 */
export function nextDeliveries(
  db: Queryable,
  next: { hookId: string; limit: number; known: string[]; maxBytes: number; after: number },
): Promise<QueuedDeliveryRow[]> {
  return query.rows(db, [next.hookId, next.limit, next.known, next.maxBytes, next.after]);
}
