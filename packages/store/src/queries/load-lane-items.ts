import { defineQuery, type Queryable } from '../define-query.ts';

/** An item that waits to be hydrated and normalised. */
export interface LaneItemRow {
  lane_id: string;
  connection: string;
  trigger: string;
  key: string;
  record_key: string;
  delivery_id: string;
  is_echo: boolean;
  item: string;
  attempts: number;
}

const query = defineQuery<[lanes: string[], limit: number], LaneItemRow>(
  'load-lane-items',
  `select item.* from unnest($1::uuid[]) as lane (id)
   cross join lateral (
     select lane_id, seq, connection, trigger, key, record_key, delivery_id, is_echo, item, attempts
     from onceover.items
     where lane_id = lane.id and status = 'pending'
     order by seq limit $2
   ) item
   order by item.seq`,
);

/** The next items of each lane, in order of arrival. */
export function loadLaneItems(db: Queryable, lanes: string[], limit: number): Promise<LaneItemRow[]> {
  return query.rows(db, [lanes, limit]);
}
