import { defineQuery, type Queryable } from '../define-query.ts';

export interface CountRow {
  tenant: string;
  name: string;
  label: string;
  value: number;
}

const query = defineQuery<[], CountRow>(
  'count-everything',
  `select tenant, name, label, value from onceover.counters
   union all
   select tenant, 'items', status, count(*) from onceover.items group by 1, 3
   union all
   select tenant, 'events', type, count(*) from onceover.events group by 1, 3
   union all
   select tenant, 'runs', status, count(*) from onceover.runs group by 1, 3
   union all
   select tenant, 'effects', coalesce(outcome, 'open'), count(*) from onceover.effects group by 1, 3
   union all
   select tenant, 'quarantine', kind, count(*) from onceover.quarantine where status = 'held' group by 1, 3`,
);

/** What was counted as it happened, and what the tables tell. Reads whole tables: for a demonstration or a scrape. */
export function countEverything(db: Queryable): Promise<CountRow[]> {
  return query.rows(db, []);
}
