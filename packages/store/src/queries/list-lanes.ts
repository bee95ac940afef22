import { defineQuery, type Queryable } from '../define-query.ts';

export interface LaneRow {
  id: string;
  flow: string;
  key: string;
  pending: number;
  waiting: string | null;
  ready_at: Date | null;
  is_leased: boolean;
}

const query = defineQuery<[tenant: string, before: string | null, limit: number], LaneRow>(
  'list-lanes',
  `select id, flow, key, pending, waiting, ready_at, coalesce(owner is not null and ready_at > now(), false) as is_leased
   from onceover.lanes
   where tenant = $1 and kind = 'run' and ($2::uuid is null or id < $2)
   order by id desc limit $3`,
);

/** Lanes with runs in them. */
export function listLanes(
  db: Queryable,
  filter: { tenant: string; before: string | null; limit: number },
): Promise<LaneRow[]> {
  return query.rows(db, [filter.tenant, filter.before, filter.limit]);
}
